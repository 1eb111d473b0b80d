"""The command line of this service."""

from shared.operations.command_line import command_line

main = command_line("facilities.service:SERVICE")

"""The command line of the welfare service."""

from shared.operations.command_line import command_line

main = command_line("welfare.service:SERVICE")

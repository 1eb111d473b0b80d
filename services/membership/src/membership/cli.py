"""The command line: ``membership --help``."""

from shared.operations.command_line import command_line

main = command_line("membership.service:SERVICE")

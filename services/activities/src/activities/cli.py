"""The command line: ``activities --help``."""

from shared.operations.command_line import command_line

main = command_line("activities.service:SERVICE")

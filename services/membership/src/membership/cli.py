"""The command line: ``membership --help``."""

from membership.provider.command_line import clients
from shared.operations.command_line import command_line

main = command_line("membership.service:SERVICE")
main.add_command(clients)

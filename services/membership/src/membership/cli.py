"""The command line: ``membership --help``."""

from membership.provider.command_line import clients
from membership.retention.command_line import retention_commands
from shared.operations.command_line import command_line

main = command_line("membership.service:SERVICE")
main.add_command(clients)
main.add_command(retention_commands)

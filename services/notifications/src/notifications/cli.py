"""``notifications``: the command line that every service has, and the development mailbox."""

from notifications.mailbox.command import mailbox
from shared.operations.command_line import command_line

main = command_line("notifications.service:SERVICE")
main.add_command(mailbox)

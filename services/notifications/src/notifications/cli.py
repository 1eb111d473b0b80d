"""``notifications``: the command line that every service has, and the development mailbox."""

import sys

from notifications.mailbox.command import mailbox


def main() -> None:
    """Run a command. The mailbox starts without loading the service: that saves 25 MB in every ``./run``."""
    if sys.argv[1:2] == ["mailbox"]:
        mailbox(args=sys.argv[2:], prog_name="notifications mailbox")
        return
    from shared.operations.command_line import command_line

    group = command_line("notifications.service:SERVICE")
    group.add_command(mailbox)
    group()

"""``notifications``: the command line that every service has, and the development mailbox."""

import sys


def main() -> None:
    """Run a command. The mailbox starts without loading the service: that saves 25 MB in every ``./run``; and the
    others without the mailbox, of which only the list of commands tells."""
    if sys.argv[1:2] == ["mailbox"]:
        from notifications.mailbox.command import mailbox

        mailbox(args=sys.argv[2:], prog_name="notifications mailbox")
        return
    from shared.operations.command_line import command_line

    group = command_line("notifications.service:SERVICE")
    if sys.argv[1:2] in ([], ["--help"]):
        from notifications.mailbox.command import mailbox

        group.add_command(mailbox)
    group()

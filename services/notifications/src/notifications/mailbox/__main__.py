"""`python -m notifications.mailbox`: the same process without loading the service."""

from notifications.mailbox.command import mailbox

mailbox()

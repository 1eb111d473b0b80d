"""Whose the records are that addresses name, and which settings are those of all bodies."""

from sqlalchemy import select

from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.queries import NOUN
from notifications.messages.models import Message, Notice
from shared.principal import ALL_BODIES
from shared.web import Belonging, Owned, Within

_FOR_ALL = (
    "templates_pages",
    "templates",
    "drafts_pages",
    "template-drafts",
    "rules_pages",
    "rules",
    "reminders_pages",
    "reminder-rules",
    "digests_pages",
    "quiet_hours_pages",
    "quiet-hours",
    "suppressions_pages",
    "providers_pages",
    "workdays",
    "subscriptions_pages",
)
BELONGING = Belonging(
    {
        "broadcast_id": Owned(select(Broadcast.id, Broadcast.body), NOUN, confidential=True),
        "message_id": Owned(select(Message.id, Message.body), "message", confidential=True),
        "notice_id": Owned(select(Notice.id, Notice.body), "notice", confidential=True),
    },
    dict.fromkeys(_FOR_ALL, Within(writing=ALL_BODIES)),
)

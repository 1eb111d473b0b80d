"""A kept message as JSON, for the API and for the pages."""

from typing import Any

from notifications.mailbox.smtp import parse_mail, text_of
from notifications.mailbox.store import StoredMessage


def as_json(kept: StoredMessage, *, whole: bool = False) -> dict[str, Any]:
    """One message without its raw bytes; `whole` adds headers and HTML of a mail."""
    item: dict[str, Any] = {
        "id": kept.id,
        "channel": kept.channel,
        "received_at": kept.received_at,
        "from": kept.sender,
        "to": kept.recipient,
        "subject": kept.subject,
        "text": kept.text,
        "message_id": kept.message_id,
        "provider": kept.provider,
        "state": kept.state,
        "segments": kept.segments,
    }
    if whole and kept.channel == "email":
        mail = parse_mail(kept.raw)
        item["headers"] = [[name, str(value)] for name, value in mail.items()]
        item["html"] = text_of(mail, "html")
    return item

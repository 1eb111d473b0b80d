"""Taking receipts: in any order, any number of times; a message's state never goes back."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from notifications.messages.models import Message
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_FAILED, MESSAGE_SENT
from shared.database import UnitOfWork

FINAL = ("delivered", "undelivered")


def signature(key: str, body: bytes) -> str:
    """What a receipt's X-Yizhan-Signature must say: HMAC-SHA256 of the body, hexadecimal."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def take_receipts(work: UnitOfWork, provider: str, items: Sequence[Mapping[str, Any]]) -> int:
    """Note each final receipt once; returns how many said something new. Unknown ids are passed over."""
    return sum(_take(work, provider, item["id"], item["state"]) for item in items if item["state"] in FINAL)


def _take(work: UnitOfWork, provider: str, message_id: UUID, state: str) -> bool:
    message = work.session.scalars(
        select(Message)
        .where(Message.message_id == message_id, Message.channel == "sms")
        .options(joinedload(Message.notice))
        .with_for_update(of=Message)
    ).one_or_none()
    if message is None or message.delivery is not None:
        return False
    message.delivery = state
    work.correlation_id = message.notice.correlation_id
    work.causation_id = str(message.notice.event_id)
    add_step(work, message.notice_id, "receipt", message.id, state=state, provider=provider)
    data = {
        "message_id": message.message_id,
        "person_id": message.person_id,
        "channel": message.channel,
        "event_id": message.notice.event_id,
        "event_type": message.event_type,
    }
    if message.state == "unknown":
        message.state, message.on_wire, message.finished_at = "sent", False, work.now
        message.provider = provider
        work.record(MESSAGE_SENT, message.message_id, data)
    if state == "undelivered":
        message.reason = "undelivered"
        work.record(MESSAGE_FAILED, message.message_id, {**data, "reason": "undelivered"})
    return True

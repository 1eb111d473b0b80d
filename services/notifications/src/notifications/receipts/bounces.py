"""Mails that came back: which of ours it was, whether for good, and what follows."""

import re
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any
from uuid import UUID

from flufl.bounce import all_failures
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from notifications.messages.models import Message
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_FAILED, MESSAGE_SENT
from notifications.receipts.models import SoftBounce
from notifications.suppressions.commands import suppress
from shared.database import UnitOfWork, dialect_of, insert_on

_MESSAGE_ID = re.compile(r"<?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE)
_LARGEST_TEXT = 200_000  # characters that are searched for the Message-ID
MOST_SOFT = 5
"""Messages that came back for now within COUNTED_FOR, after which their address is left alone."""
COUNTED_FOR = timedelta(days=14)


def take_bounce(work: UnitOfWork, raw: bytes, bounces_to: str | None = None) -> str:
    """Read one mail that came back: permanent, temporary, or none when it is no bounce of a mail of ours.

    Only an address that we wrote to with that very message is believed: who merely invents a bounce stops nobody.
    """
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    temporary, permanent = all_failures(mail)
    message = _message_of(work, mail, raw, bounces_to)
    if message is None:
        return "none"
    address = message.address.lower().encode()
    if address in {one.lower() for one in permanent}:
        return _permanent(work, message)
    if address in {one.lower() for one in temporary}:
        return _temporary(work, message)
    return "none"


def _message_of(work: UnitOfWork, mail: EmailMessage, raw: bytes, bounces_to: str | None) -> Message | None:
    found = _named_by_recipient(mail, bounces_to) or _named_by_contents(raw)
    if found is None:
        return None
    return work.session.scalars(
        select(Message)
        .where(Message.message_id == found, Message.channel == "email")
        .options(joinedload(Message.notice))
        .with_for_update(of=Message)
    ).one_or_none()


def _named_by_recipient(mail: EmailMessage, bounces_to: str | None) -> UUID | None:
    """The bounce went to an address that names the message: bounces+<id>@…"""
    if bounces_to is None:
        return None
    name, _, domain = bounces_to.partition("@")
    pattern = re.compile(rf"{re.escape(name)}\+([0-9a-f]{{32}})@{re.escape(domain)}", re.IGNORECASE)
    for header in ("X-Original-To", "Delivered-To", "To"):
        match = pattern.search(str(mail.get(header, "")))
        if match:
            return UUID(match[1])
    return None


def _named_by_contents(raw: bytes) -> UUID | None:
    """The Message-ID of ours that is quoted in the report."""
    for line in raw[:_LARGEST_TEXT].decode("ascii", "replace").splitlines():
        match = _MESSAGE_ID.search(line) if line.lower().startswith("message-id:") else None
        if match:
            return UUID(match[1])
    return None


def _temporary(work: UnitOfWork, message: Message) -> str:
    """Count it once for each message; an address whose mails come back again and again is left alone."""
    work.correlation_id, work.causation_id = message.notice.correlation_id, str(message.notice.event_id)
    work.traceparent = message.notice.traceparent
    address = message.address.lower()
    counted = (
        insert_on(dialect_of(work.session))(SoftBounce)
        .values(message_id=message.message_id, address=address, at=work.now)
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(SoftBounce.message_id)
    )
    if work.session.execute(counted).first() is None:
        return "temporary"
    add_step(work, message.notice_id, "bounce-temporary", message.id)
    lately = select(func.count()).where(SoftBounce.address == address, SoftBounce.at > work.now - COUNTED_FOR)
    if (work.session.scalar(lately) or 0) >= MOST_SOFT:
        suppress(work, "email", message.address, "bounced-often", person_id=message.person_id)
    return "temporary"


def forget_soft_bounces(work: UnitOfWork) -> int:
    """Drop what is not counted any more."""
    gone: Any = work.session.execute(delete(SoftBounce).where(SoftBounce.at <= work.now - COUNTED_FOR))
    return int(gone.rowcount)


def _permanent(work: UnitOfWork, message: Message) -> str:
    if message.delivery is not None:
        return "permanent"
    message.delivery = "undelivered"
    work.correlation_id, work.causation_id = message.notice.correlation_id, str(message.notice.event_id)
    work.traceparent = message.notice.traceparent
    add_step(work, message.notice_id, "bounced", message.id, reason="bounced")
    data = {
        "message_id": message.message_id,
        "person_id": message.person_id,
        "channel": message.channel,
        "event_id": message.notice.event_id,
        "event_type": message.event_type,
    }
    if message.state in ("sending", "pending") and message.on_wire:
        message.state, message.on_wire, message.finished_at = "sent", False, work.now
        work.record(MESSAGE_SENT, message.message_id, data)
    message.reason = "bounced"
    work.record(MESSAGE_FAILED, message.message_id, {**data, "reason": "bounced"})
    suppress(work, "email", message.address, "bounced", person_id=message.person_id)
    return "permanent"

"""Taking receipts: in any order, any number of times; a message's state never goes back."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from notifications.messages.models import Message
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_FAILED, MESSAGE_SENT
from notifications.receipts.models import EarlyReceipt
from notifications.suppressions.commands import suppress
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id

FINAL = ("delivered", "undelivered")


@dataclass(frozen=True)
class Receipt:
    """One receipt, whoever it came from. It names the message by our own id, by the provider's serial, or by both.

    `unreachable` means that nobody is at that number, now or later.
    """

    state: str
    own_id: UUID | None = None
    serial: str | None = None
    unreachable: bool = False


def signature(key: str, body: bytes) -> str:
    """What a receipt's X-Yizhan-Signature must say: HMAC-SHA256 of the body, hexadecimal."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def take_receipts(work: UnitOfWork, provider: str, receipts: Sequence[Receipt]) -> int:
    """Note each final receipt once; returns how many said something new.

    One whose serial fits no message yet is kept: the sender may not have written it down. Unknown ids are passed over.
    Messages are locked in one order, so that batches that come at once wait for each other and never for ever; what
    was said of one message keeps its order.
    """
    final = [receipt for receipt in receipts if receipt.state in FINAL]
    return sum(_take(work, provider, receipt) for receipt in sorted(final, key=_place))


def _place(receipt: Receipt) -> tuple[str, str]:
    return str(receipt.own_id or ""), receipt.serial or ""


def _take(work: UnitOfWork, provider: str, receipt: Receipt) -> bool:
    message = _message_of(work, provider, receipt)
    if message is not None:
        return _note(work, provider, message, receipt.state, unreachable=receipt.unreachable)
    if receipt.own_id is None and receipt.serial:
        return _keep_for_later(work, provider, receipt.serial, receipt)
    return False


def _message_of(work: UnitOfWork, provider: str, receipt: Receipt) -> Message | None:
    chosen = select(Message).where(Message.channel == "sms").options(joinedload(Message.notice))
    if receipt.own_id is not None:
        chosen = chosen.where(Message.message_id == receipt.own_id)
    elif receipt.serial:
        chosen = chosen.where(Message.serial == receipt.serial, Message.provider == provider)
    else:
        return None
    return work.session.scalars(chosen.with_for_update(of=Message)).first()


def _keep_for_later(work: UnitOfWork, provider: str, serial: str, receipt: Receipt) -> bool:
    insert = insert_on(dialect_of(work.session))
    values = {
        "id": new_id(), "provider": provider, "serial": serial[:80], "state": receipt.state,
        "unreachable": receipt.unreachable, "taken_at": work.now,
    }  # fmt: skip
    kept = work.session.execute(
        insert(EarlyReceipt)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["provider", "serial"])
        .returning(EarlyReceipt.id)
    ).first()
    return kept is not None


def apply_early_receipt(work: UnitOfWork, message: Message) -> None:
    """Take a receipt that came before the provider's number of its message was written down."""
    work.session.flush()
    early = work.session.execute(
        delete(EarlyReceipt)
        .where(EarlyReceipt.provider == message.provider, EarlyReceipt.serial == message.serial)
        .returning(EarlyReceipt.state, EarlyReceipt.unreachable)
    ).one_or_none()
    if early is not None and message.provider is not None:
        _note(work, message.provider, message, early.state, unreachable=early.unreachable)


def forget_early_receipts(work: UnitOfWork, before: datetime) -> int:
    """Drop those that no message ever fitted: they were not ours."""
    gone: Any = work.session.execute(delete(EarlyReceipt).where(EarlyReceipt.taken_at < before))
    return int(gone.rowcount)


def _note(work: UnitOfWork, provider: str, message: Message, state: str, *, unreachable: bool = False) -> bool:
    if message.delivery is not None:
        return False
    message.delivery = state
    work.correlation_id = message.notice.correlation_id
    work.causation_id = str(message.notice.event_id)
    work.traceparent = message.notice.traceparent
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
        if unreachable:
            suppress(work, message.channel, message.address, "unreachable", person_id=message.person_id, note=provider)
    return True

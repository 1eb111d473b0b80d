"""Claiming due rows by leases on the database clock, and letting go of them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from notifications.contacts.models import Contact
from notifications.messages.models import Message, Notice, is_open
from notifications.messages.rules import LANES
from notifications.sending.shares import shares
from shared.database.leases import database_now
from shared.runtime import Runtime

WOKEN_AT_ONCE = 500
_ABOUT = aliased(Contact)


@dataclass(frozen=True)
class Held:
    """One row that this sender may work on, with all that is needed to hand it over as long as nothing changes.

    `attempt` fences off whoever held the row before. `address` and `name` are the recipient's now, `about_name` is
    whom the message concerns when that is somebody else.
    """

    id: UUID
    attempt: int
    channel: str
    on_wire: bool
    delivery: str | None
    handed_at: datetime | None
    message_id: UUID
    notice_id: UUID
    person_id: UUID
    template_id: UUID
    language: str
    lane: int
    expires_at: datetime
    event_type: str
    event_id: UUID
    correlation_id: str
    traceparent: str | None
    passes_quiet_hours: bool
    category: str
    subject: str
    subject_version: int | None
    facts: Mapping[str, Any]
    name: str | None
    phone: str | None
    email: str | None
    sample: bool | None
    about_name: str | None

    @property
    def address(self) -> str | None:
        return self.phone if self.channel == "sms" else self.email


def due_lanes(runtime: Runtime, channel: str, lanes: Sequence[str]) -> list[str]:
    """The lanes that have something due. Looks without a lock, so that nobody else's writing is delayed."""
    columns = [
        or_(
            exists().where(*_due(runtime, channel, lane, resting=False)),
            exists().where(*_due(runtime, channel, lane, resting=True)),
        )
        for lane in lanes
    ]
    with runtime.reading() as session:
        found = session.execute(select(*columns)).one()
    return [lane for lane, due in zip(lanes, found, strict=True) if due]


def claim(
    runtime: Runtime, channel: str, lease: timedelta, most: int, lanes: Sequence[str] = tuple(LANES)
) -> list[Held]:
    """Take due rows of a channel: pending, abandoned by a sender that died, or of unknown outcome.

    Urgent ones come first; of what is left bulk ones get their share. Within a lane they come by their numbers in the
    queue. No row is given to two senders: rows locked by another claim are skipped, and a claimed one is not due again
    before its lease is over.
    """
    taken: list[UUID] = []
    with runtime.database.writing() as session:
        for lane, share in shares(most, lanes):
            room = min(share, most - len(taken))
            if room > 0:
                taken += _take(session, runtime, channel, lane, lease, room)
        return _loaded(session, taken)


def _due(runtime: Runtime, channel: str, lane: str, *, resting: bool) -> tuple[Any, ...]:
    """The clock is asked once, in a subquery: compared row by row it could not bound the index."""
    now = select(database_now(runtime.database.dialect)).scalar_subquery()
    rests = Message.resting.is_(resting)
    return Message.channel == channel, Message.lane == LANES[lane], is_open(), rests, Message.due_at <= now


def _take(session: Session, runtime: Runtime, channel: str, lane: str, lease: timedelta, room: int) -> list[UUID]:
    _wake(session, runtime, channel, lane)
    ids = list(session.scalars(next_in(runtime, channel, lane, room).with_for_update(skip_locked=True)))
    if ids:
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(
                state="sending",
                attempt=Message.attempt + 1,
                resting=True,
                due_at=database_now(runtime.database.dialect, lease),
            )
            .execution_options(synchronize_session=False)
        )
    return ids


def next_in(runtime: Runtime, channel: str, lane: str, room: int) -> Select[UUID]:
    """The rows whose turn it is in a lane."""
    due = _due(runtime, channel, lane, resting=False)
    return select(Message.id).where(*due).order_by(Message.queue_number, Message.due_at).limit(room)


def _wake(session: Session, runtime: Runtime, channel: str, lane: str) -> None:
    """Let those whose time has come stand in the queue with the number that they had."""
    rested = (
        select(Message.id)
        .where(*_due(runtime, channel, lane, resting=True))
        .order_by(Message.due_at)
        .limit(WOKEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(rested))
    if ids:
        woken = update(Message).where(Message.id.in_(ids)).values(resting=False)
        session.execute(woken.execution_options(synchronize_session=False))


def _loaded(session: Session, ids: Sequence[UUID]) -> list[Held]:
    """What is held, in the order of `ids`."""
    if not ids:
        return []
    rows = session.execute(_everything().where(Message.id.in_(ids))).all()
    by_id = {row.id: Held(*row) for row in rows}
    return [by_id[row_id] for row_id in ids]


def hold_again(session: Session, held_id: UUID) -> Held:
    """The row as it is now."""
    return Held(*session.execute(_everything().where(Message.id == held_id)).one())


def _everything() -> Any:
    return (
        select(
            *(Message.id, Message.attempt, Message.channel, Message.on_wire, Message.delivery, Message.handed_at),
            *(Message.message_id, Message.notice_id, Message.person_id, Message.template_id, Message.language),
            *(Message.lane, Message.expires_at, Message.event_type, Notice.event_id, Notice.correlation_id),
            *(
                Notice.traceparent,
                Notice.passes_quiet_hours,
                Notice.category,
                Notice.subject,
                Notice.subject_version,
                Notice.facts,
            ),
            *(Contact.name, Contact.phone, Contact.email, Contact.sample),
            _ABOUT.name,
        )
        .join(Notice, Message.notice_id == Notice.id)
        .join(Contact, Message.person_id == Contact.person_id, isouter=True)
        .join(_ABOUT, and_(_ABOUT.person_id == Notice.about_id, Notice.about_id != Notice.person_id), isouter=True)
    )


def release(runtime: Runtime, held: Sequence[Held], after: Sequence[timedelta]) -> None:
    """Give back rows that were claimed and not touched; each is due again after its time."""
    dialect = runtime.database.dialect
    with runtime.database.writing() as session:
        for one, pause in zip(held, after, strict=True):
            session.execute(
                update(Message)
                .where(
                    Message.id == one.id,
                    Message.attempt == one.attempt,
                    Message.state == "sending",
                    Message.on_wire == one.on_wire,
                )
                .values(state="unknown" if one.on_wire else "pending", due_at=database_now(dialect, pause))
                .execution_options(synchronize_session=False)
            )

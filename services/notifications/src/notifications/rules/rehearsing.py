"""Past events of the inbox, and what they would announce if they came once more. Nothing is written."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from notifications.messages.announcements import Announcement, Rehearsal
from shared.database.tables import InboxRow
from shared.events.envelope import CONTENT_TYPE, TYPE_PREFIX, parse
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime

LOOKED_AT = 20_000
"""How many of the newest events are searched: the inbox has no index by type, and older news help nobody."""


@dataclass(frozen=True)
class PastEvent:
    """A row of the inbox and what its handler would announce; `moment` is when it happened."""

    row_id: int
    event_id: UUID
    moment: datetime
    announcements: tuple[Announcement, ...]


def past_events(runtime: Runtime, session: Session, event_types: Collection[str], most: int) -> list[PastEvent]:
    """The newest events of these types whose bodies are still kept, newest first."""
    if not event_types:
        return []
    newest = session.scalar(select(func.max(InboxRow.id))) or 0
    rows = session.scalars(
        select(InboxRow)
        .where(
            InboxRow.id > newest - LOOKED_AT,
            InboxRow.status == "done",
            InboxRow.body.is_not(None),
            of_types(event_types),
        )
        .order_by(InboxRow.id.desc())
        .limit(most)
    ).all()
    return [found for row in rows if (found := rehearse(runtime, session, row)) is not None]


def of_types(event_types: Collection[str]) -> ColumnElement[bool]:
    """That an event that came in is of one of these types, in any version."""
    return or_(false(), *(InboxRow.type.like(f"{TYPE_PREFIX}{name}.v%") for name in sorted(event_types)))


def past_event(runtime: Runtime, session: Session, row_id: int, event_types: Collection[str]) -> PastEvent | None:
    """One of them; None where it is gone or of another type."""
    row = session.get(InboxRow, row_id)
    known = row is not None and row.body is not None and row.status == "done"
    name = row.type.removeprefix(TYPE_PREFIX).rpartition(".v")[0] if row is not None else ""
    return rehearse(runtime, session, row) if row is not None and known and name in event_types else None


def rehearse(runtime: Runtime, session: Session, row: InboxRow) -> PastEvent | None:
    """As of the time of the event, so that it is neither past nor too old; None where nothing is announced."""
    reactions = {runtime.service.queue(one): one for one in runtime.service.reactions}.get(row.queue)
    reaction = reactions.find(row.type) if reactions is not None else None
    if reaction is None:
        return None
    envelope = parse((row.body or "").encode(), CONTENT_TYPE, {})
    try:
        data = reaction.needs().load(dict(envelope.data))
    except ValidationError:
        return None
    work = Rehearsal(session, service=runtime.service.name, now=envelope.time)
    reaction.handler(work, ReceivedEvent(envelope, data))
    return PastEvent(row.id, envelope.id, envelope.time, tuple(work.announced)) if work.announced else None

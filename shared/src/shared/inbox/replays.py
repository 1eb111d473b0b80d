"""Sending recorded events once more, to a consumer whose queue was lost: same ids, same bodies, to that queue alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from shared.bus import events_exchange, snapshots_exchange
from shared.database import dialect_of, insert_on
from shared.database.tables import OutboxRow
from shared.events.envelope import TYPE_PREFIX
from shared.service import Service

_COPIED = (
    OutboxRow.event_id,
    OutboxRow.type,
    OutboxRow.subject,
    OutboxRow.subjectversion,
    OutboxRow.correlation_id,
    OutboxRow.causation_id,
    OutboxRow.body,
)


@dataclass(frozen=True)
class Replayed:
    """A page. ``last`` is None when there is no more; ``waits`` says that the next event is on its way to the bus."""

    last: UUID | None
    sent: int
    waits: bool


def write_replay(
    session: Session,
    service: Service,
    exchange: str,
    queue: str,
    after: UUID | None,
    until: UUID,
    limit: int,
    now: datetime,
) -> Replayed:
    """Record copies of the events of an exchange whose ids lie between the two, for this queue alone.

    An event that is not marked as published ends the page: whether its message went out before the queue was there
    again is known when it is marked. Events whose bodies were dropped are left out.
    """
    found = session.execute(
        select(*_COPIED, OutboxRow.published_at, OutboxRow.unrouted_at)
        .where(OutboxRow.exchange == exchange, OutboxRow.event_id < until, OutboxRow.body.is_not(None))
        # What was recorded for one queue alone has that queue's name as its routing key.
        .where(OutboxRow.type == literal(TYPE_PREFIX) + OutboxRow.routing_key)
        .where(OutboxRow.event_id > after if after else literal(True))
        .order_by(OutboxRow.event_id)
        .limit(limit)
    ).all()
    settled = list(takewhile(lambda row: row.published_at or row.unrouted_at, found))
    if settled:
        _copy(session, settled, exchange=_exchange_to(service, exchange), queue=queue, now=now)
    return Replayed(settled[-1].event_id if settled else None, len(settled), waits=len(settled) < len(found))


def _exchange_to(service: Service, exchange: str) -> str:
    """Contact details stay on their own exchange, to which nobody else can bind."""
    return snapshots_exchange(service.name) if exchange == events_exchange(service.name) else exchange


def _copy(session: Session, rows: Sequence[Any], *, exchange: str, queue: str, now: datetime) -> None:
    """Record the copies; one that this queue was sent before is sent again."""
    insert = insert_on(dialect_of(session))
    statement = insert(OutboxRow)
    copies = [
        {
            **{column.key: getattr(row, column.key) for column in _COPIED},
            "exchange": exchange,
            "routing_key": queue,
            "recorded_at": now,
        }
        for row in rows
    ]
    sent_before = or_(OutboxRow.published_at.is_not(None), OutboxRow.unrouted_at.is_not(None))
    fresh = {"body": statement.excluded.body, "recorded_at": now, "published_at": None, "unrouted_at": None}
    session.execute(
        statement.on_conflict_do_update(index_elements=["event_id", "routing_key"], set_=fresh, where=sent_before),
        copies,
    )

"""Recording the first event of a subject as a part of one larger PostgreSQL statement.

A statement that runs by itself is a transaction of its own. One that changes a row, counts the subject's first version
and writes the outbox row is one journey to the server and one commit, where a unit of work takes a journey for each.
What else holds of `work.record` holds here: the data is held against its schema, and nothing is written without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, bindparam, exists, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from shared.database.tables import OutboxRow, SubjectVersion
from shared.events.declaration import EventType
from shared.outbox.recorder import outbox_row

_OUTBOX: Any = OutboxRow.__table__
_VERSIONS: Any = SubjectVersion.__table__
_WRITTEN = (
    *("event_id", "exchange", "routing_key", "type", "subject", "subjectversion"),
    *("correlation_id", "causation_id", "body", "recorded_at"),
)


@dataclass(frozen=True)
class Occasion:
    """Who records, when, and what led there: what an envelope says beside its data."""

    service: str
    now: datetime
    recorded_at: datetime
    correlation_id: str
    causation_id: str | None
    traceparent: str | None


def numbered(held: CTE) -> CTE:
    """Counts version 1 of the event's subject if there is a row in `held`; has a row if that version is new."""
    first = select(bindparam("outbox_subject", type_=_VERSIONS.c.subject.type), literal(1)).where(exists(select(held)))
    return (
        insert_or_skip(_VERSIONS)
        .from_select(["subject", "version"], first)
        .on_conflict_do_nothing()
        .returning(_VERSIONS.c.version)
        .cte("numbered")
    )


def recorded(counted: CTE) -> CTE:
    """Writes the outbox row if there is a row in `counted`."""
    columns = [bindparam(f"outbox_{name}", type_=_OUTBOX.c[name].type) for name in _WRITTEN]
    return insert(_OUTBOX).from_select(_WRITTEN, select(*columns).where(exists(select(counted)))).cte("recorded")


def first_event(occasion: Occasion, event_type: EventType, subject_id: UUID, data: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of both parts. Raises as `work.record` does."""
    row = outbox_row(occasion, event_type, f"{event_type.subject}/{subject_id}", 1, data)
    return {f"outbox_{name}": row[name] for name in _WRITTEN}

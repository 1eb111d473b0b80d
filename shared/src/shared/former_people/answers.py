"""What a service tells membership after a merge or an erasure, and before one: how much it has of the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import FormerPerson
from shared.events.declaration import EventType, Registry

_OLD = "0192f0c1-7b6a-7000-8000-000000000001"
_NEW = "0192f0c1-7b6a-7000-8000-000000000002"
_REQUEST = "0192f0c1-7b6a-7000-8000-0000000000f3"


class Count(Schema):
    what = fields.String(required=True, metadata={"description": "A neutral word of the service, e.g. bookings."})
    count = fields.Integer(required=True, validate=validate.Range(0), metadata={"description": "How many."})


def _counts(meaning: str) -> Any:
    return fields.List(fields.Nested(Count), required=True, metadata={"description": meaning})


class MergeDone(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "The id that is used no more."})
    into_id = fields.UUID(required=True, metadata={"description": "The id that stands for it here now."})
    counts = _counts("What was moved.")


class ErasureDone(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "Who was erased."})
    counts = _counts("What was erased.")


class ErasureChecked(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "Who is to be erased."})
    request_id = fields.UUID(required=True, metadata={"description": "Which request this answers."})
    still_open = _counts("What has to come to an end before, in neutral words; empty where nothing stands against it.")


@dataclass(frozen=True)
class Answers:
    """The answers of one service."""

    merge_done: EventType
    erasure_done: EventType
    erasure_checked: EventType

    @property
    def snapshots(self) -> Mapping[str, Any]:
        return {"merge": merges, "erasure": erasures}


def declare_answers(registry: Registry) -> Answers:
    """Declare the answers, and their snapshots, in the registry of a service."""
    counts = [{"what": "bookings", "count": 2}]
    merged = {"person_id": _OLD, "into_id": _NEW, "counts": counts}
    erased = {"person_id": _OLD, "counts": counts}
    registry.snapshot("merge", MergeDone, meaning="What a merge changed here.", example=merged)
    registry.snapshot("erasure", ErasureDone, meaning="What an erasure changed here.", example=erased)
    return Answers(
        merge_done=registry.event(
            "merge.done", MergeDone, meaning="What named the old id names the other one here now.", example=merged
        ),
        erasure_done=registry.event(
            "erasure.done", ErasureDone, meaning="Nothing here tells any more who the person was.", example=erased
        ),
        erasure_checked=registry.event(
            "erasure.checked",
            ErasureChecked,
            meaning="What is still open here of somebody who is to be erased.",
            example={"person_id": _OLD, "request_id": _REQUEST, "still_open": counts},
        ),
    )


def listed(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Counts as events say them; what is not there is left out."""
    return [{"what": what, "count": count} for what, count in sorted(counts.items()) if count]


Found = Sequence[tuple[UUID, Mapping[str, Any]]]


def merges(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Found:
    """merge.snapshot for consumers that ask."""
    rows = _rows(session, after, only, limit, merged=True)
    return [
        (row.person_id, {"person_id": row.person_id, "into_id": row.merged_into, "counts": listed(row.counts)})
        for row in rows
    ]


def erasures(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Found:
    """erasure.snapshot for consumers that ask."""
    rows = _rows(session, after, only, limit, merged=False)
    return [(row.person_id, {"person_id": row.person_id, "counts": listed(row.counts)}) for row in rows]


def _rows(
    session: Session, after: UUID | None, only: UUID | None, limit: int, *, merged: bool
) -> Sequence[FormerPerson]:
    into = FormerPerson.merged_into
    query = select(FormerPerson).where(into.is_not(None) if merged else into.is_(None))
    if after is not None:
        query = query.where(FormerPerson.person_id > after)
    if only is not None:
        query = query.where(FormerPerson.person_id == only)
    return session.scalars(query.order_by(FormerPerson.person_id).limit(limit)).all()

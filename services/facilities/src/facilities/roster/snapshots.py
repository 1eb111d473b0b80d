"""The present state of shifts and duties, for consumers that ask."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.roster.events import duty_data, shift_data
from facilities.roster.models import Duty, Shift

Pairs = Sequence[tuple[UUID, Mapping[str, Any]]]


def shifts(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Pairs:
    """Shifts in the order of their ids, cancelled ones too."""
    query = select(Shift).order_by(Shift.id).limit(limit)
    if after is not None:
        query = query.where(Shift.id > after)
    if only is not None:
        query = query.where(Shift.id == only)
    return [(row.id, {**shift_data(row), "state": row.state}) for row in session.scalars(query)]


def duties(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Pairs:
    """Duties in the order of their ids, those that ended too."""
    query = select(Duty).order_by(Duty.id).limit(limit)
    if after is not None:
        query = query.where(Duty.id > after)
    if only is not None:
        query = query.where(Duty.id == only)
    return [(row.id, {**duty_data(row), "state": row.state}) for row in session.scalars(query)]

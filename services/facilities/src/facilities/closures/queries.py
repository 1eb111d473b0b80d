"""Reading closures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from facilities.occupancy.models import Occupancy


def get_closure(session: Session, closure_id: UUID) -> Occupancy | None:
    row = session.get(Occupancy, closure_id)
    return row if row is not None and row.kind == "closure" else None


def list_closures(*, resource_id: UUID | None = None, now: datetime | None = None) -> Select[Any]:
    """Closures; with ``now`` only those that are in force or to come."""
    found = select(Occupancy).where(Occupancy.kind == "closure")
    if resource_id is not None:
        found = found.where(Occupancy.resource_id == resource_id)
    if now is not None:
        found = found.where(Occupancy.live, Occupancy.ends_at > now)
    return found

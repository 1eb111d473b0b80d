"""The present state of shifts and duties, for consumers that ask."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

Pairs = Sequence[tuple[UUID, Mapping[str, Any]]]


def shifts(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Pairs:
    """Shifts in the order of their ids. None is planned yet."""
    return ()


def duties(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Pairs:
    """Duties in the order of their ids. There is none yet."""
    return ()

"""The figures for alerts and for the first look: how old the oldest waiting things are, and what needs a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.deliveries.kinds import ATTENTION, REFUSED, RETRYING, UNPUBLISHED, UNROUTED, WAITING, Kind

_LOOKED_AT = 1000


def ages(session: Session, now: datetime) -> dict[str, timedelta | int]:
    """Ages of the oldest unpublished and unprocessed events, and the numbers that need attention.

    Each is read from the near end of a partial index, so that looking costs the same with a million rows waiting.
    """
    return {
        "outbox_oldest_seconds": _age(session, now, [UNPUBLISHED]),
        "inbox_oldest_seconds": _age(session, now, [WAITING, RETRYING]),
        "inbox_attention": _count(session, ATTENTION),
        "outbox_unrouted": _count(session, UNROUTED),
        "refused_unseen": _count(session, REFUSED),
    }


def _age(session: Session, now: datetime, kinds: Sequence[Kind]) -> timedelta:
    """How long the oldest of the first rows has waited; the lists are in the order of arrival, or nearly so."""
    oldest = [found for kind in kinds if (found := _oldest(session, kind)) is not None]
    return max(now - min(oldest), timedelta(0)) if oldest else timedelta(0)


def _oldest(session: Session, kind: Kind) -> datetime | None:
    first = select(kind.happened.label("happened")).where(*kind.conditions).order_by(*kind.order)
    looked_at = first.limit(_LOOKED_AT).subquery()
    oldest: datetime | None = session.execute(select(func.min(looked_at.c.happened))).scalar_one()
    return oldest


def _count(session: Session, kind: Kind) -> int:
    counted: Any = session.execute(select(func.count()).select_from(kind.model).where(*kind.conditions)).scalar_one()
    return int(counted)

"""The figures for alerts and for the first look: how old the oldest waiting things are, and what needs a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.deliveries.forbidden import forbidden_now
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
        "broker_forbids": len(forbidden_now(session)),
    }


def oldest(session: Session, kind: Kind) -> datetime | None:
    """Since when the oldest of the first rows is there: a list is in the order of arrival, or nearly so.

    A list that shows the newest first is in the order of ids all the same, which its oldest rows begin.
    """
    order = (kind.model.id,) if kind.newest_first else kind.order
    first = select(kind.happened.label("happened")).where(*kind.conditions).order_by(*order)
    looked_at = first.limit(_LOOKED_AT).subquery()
    found: datetime | None = session.execute(select(func.min(looked_at.c.happened))).scalar_one()
    return found


def _age(session: Session, now: datetime, kinds: Sequence[Kind]) -> timedelta:
    moments = [found for kind in kinds if (found := oldest(session, kind)) is not None]
    return max(now - min(moments), timedelta(0)) if moments else timedelta(0)


def _count(session: Session, kind: Kind) -> int:
    counted: Any = session.execute(select(func.count()).select_from(kind.model).where(*kind.conditions)).scalar_one()
    return int(counted)

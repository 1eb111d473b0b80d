"""What SMS of a month cost, as far as a principal may see it; read from the index of what costs something."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from notifications.costs.rules import Month
from notifications.messages.models import Message
from notifications.messages.queries import visible_messages
from shared.principal import Principal

_COSTS = text("messages.cost > 0")
"""As the partial index says it."""


@dataclass(frozen=True)
class BodyCost:
    """What the SMS of a body came to; `body` is None for those that belong to none."""

    body: str | None
    messages: int
    segments: int
    cost: int


@dataclass(frozen=True)
class MonthCost:
    """What all bodies of a month came to."""

    month: Month
    messages: int
    segments: int
    cost: int


def costs_by_body(session: Session, since: datetime, who: Principal, until: datetime | None = None) -> list[BodyCost]:
    """What SMS that ended between these moments cost by body; the dearest first."""
    # An expression, because SQLite would go through the index of bodies to save the grouping.
    body = func.coalesce(Message.body, "")
    chosen = select(body, func.count(), func.sum(Message.segments), func.sum(Message.cost)).where(
        Message.finished_at >= since, _COSTS, visible_messages(who)
    )
    if until is not None:
        chosen = chosen.where(Message.finished_at < until)
    found = [
        BodyCost(of or None, count, int(segments or 0), int(cost or 0))
        for of, count, segments, cost in session.execute(chosen.group_by(body))
    ]
    return sorted(found, key=lambda one: -one.cost)


def costs_of_months(session: Session, last: Month, months: int, zone: ZoneInfo, who: Principal) -> list[MonthCost]:
    """The months until `last`, the oldest first."""
    found = []
    for month in (last.before(back) for back in reversed(range(months))):
        bodies = costs_by_body(session, *_between(month, zone, who))
        found.append(
            MonthCost(
                month,
                sum(one.messages for one in bodies),
                sum(one.segments for one in bodies),
                sum(one.cost for one in bodies),
            )
        )
    return found


def _between(month: Month, zone: ZoneInfo, who: Principal) -> tuple[datetime, Principal, datetime]:
    since, until = month.span(zone)
    return since, who, until

"""What the first page asks: what needs somebody now, and what the month cost. Each question reads an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from notifications.broadcasts.queries import waiting_for_approval
from notifications.messages.models import Message, is_open
from notifications.messages.queries import Conservation, visible_messages
from notifications.providers.queries import ProviderState
from notifications.providers.rules import Budget
from notifications.receipts.models import BounceMailbox
from shared.principal import Principal

LATELY = timedelta(days=7)
LATE = {"urgent": timedelta(minutes=1), "normal": timedelta(minutes=30), "bulk": timedelta(hours=6)}
"""By lane after which time in the queue somebody should look; quiet hours do not count."""
_COSTS = text("messages.cost > 0")


@dataclass(frozen=True)
class Needs:
    """What waits for a person. `failed` are messages that failed lately and that staff can try again."""

    failed: int
    unknown: int
    circuits: Sequence[str]
    late: Sequence[str]
    budget: str
    approvals: int
    mailboxes: Sequence[BounceMailbox]
    law_broken: bool

    @property
    def nothing(self) -> bool:
        counted = (self.failed, self.unknown, self.approvals, self.law_broken)
        return not any(counted) and not (self.circuits or self.late or self.mailboxes) and self.budget == "fine"


def needs_of(
    session: Session,
    who: Principal,
    now: datetime,
    *,
    law: Conservation,
    ages: Mapping[str, float],
    providers: Sequence[ProviderState],
    budget: Budget,
) -> Needs:
    """What needs this principal now. Providers and the mailbox of bounces are everybody's."""
    failed = select(func.count()).where(
        Message.state == "failed", Message.created_at >= now - LATELY, visible_messages(who)
    )
    unknown = select(func.count()).where(is_open(), Message.state == "unknown", visible_messages(who))
    broken = session.scalars(select(BounceMailbox).where(BounceMailbox.code != "").order_by(BounceMailbox.name))
    return Needs(
        failed=session.scalar(failed) or 0,
        unknown=session.scalar(unknown) or 0,
        circuits=[one.name for one in providers if one.circuit != "closed"],
        late=[lane for lane, age in ages.items() if age > LATE[lane].total_seconds()],
        budget=budget.state,
        approvals=waiting_for_approval(session, who),
        mailboxes=broken.all(),
        law_broken=not law.holds,
    )


@dataclass(frozen=True)
class BodyCost:
    """What the SMS of a body came to; `body` is None for those that belong to none."""

    body: str | None
    messages: int
    segments: int
    cost: int


def costs_by_body(session: Session, since: datetime, who: Principal) -> list[BodyCost]:
    """What SMS cost since then by body, as far as this principal may see it; the dearest first."""
    # An expression, because SQLite would go through the index of bodies to save the grouping.
    body = func.coalesce(Message.body, "")
    rows = session.execute(
        select(body, func.count(), func.sum(Message.segments), func.sum(Message.cost))
        .where(Message.finished_at >= since, _COSTS, visible_messages(who))
        .group_by(body)
    )
    found = [BodyCost(of or None, count, int(segments or 0), int(cost or 0)) for of, count, segments, cost in rows]
    return sorted(found, key=lambda one: -one.cost)

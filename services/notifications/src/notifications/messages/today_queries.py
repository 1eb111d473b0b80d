"""What the first page asks: what needs somebody now, and how the days of the week went.

Each question reads an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from notifications.broadcasts.queries import waiting_for_approval
from notifications.messages.models import Message, is_open
from notifications.messages.queries import Conservation, visible_messages
from notifications.messages.rules import TEST_EVENT
from notifications.providers.queries import ProviderState
from notifications.providers.rules import Budget
from notifications.receipts.models import BounceMailbox
from shared.principal import Principal

LATELY = timedelta(days=7)
LATE = {"urgent": timedelta(minutes=1), "normal": timedelta(minutes=30), "bulk": timedelta(hours=6)}
"""By lane after which time in the queue somebody should look; quiet hours do not count."""
MADE_BEFORE = timedelta(days=30)
"""A message ends so long after it was made at the latest, as expiries go."""


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
class DayCount:
    """What was sent and what failed on one day of the centre."""

    day: date
    sent: int
    failed: int


def counts_by_day(session: Session, days: Sequence[date], zone: ZoneInfo, who: Principal) -> list[DayCount]:
    """For each day how many messages ended as sent and as failed, those to oneself as a test left out."""
    since, until = (datetime.combine(day, time(), zone) for day in (days[0], days[-1] + timedelta(days=1)))
    moments = [datetime.combine(day, time(), zone) for day in days]
    which = case(
        *((Message.finished_at < moment, number) for number, moment in enumerate(moments[1:])), else_=len(days) - 1
    ).label("which")
    rows = session.execute(
        select(Message.state, which, func.count())
        .where(
            Message.state.in_(("sent", "failed")),
            Message.finished_at >= since,
            Message.finished_at < until,
            # What ended lately was made lately, which the index of times says.
            Message.created_at >= since - MADE_BEFORE,
            Message.event_type != TEST_EVENT,
            visible_messages(who),
        )
        .group_by(Message.state, which)
    )
    found = {(state, int(number)): int(count) for state, number, count in rows}
    return [
        DayCount(day, found.get(("sent", number), 0), found.get(("failed", number), 0))
        for number, day in enumerate(days)
    ]

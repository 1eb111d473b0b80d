"""The welfare part of the sample centre, loaded through the commands.

What lies in the past is recorded with its past moment, so that its events are old and send nothing. Each block is
one transaction that leaves a mark in the audit trail; loading twice changes nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from shared.database import UnitOfWork
from shared.database.tables import AuditRow
from shared.principal import SYSTEM, Principal
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.staff.accounts import find_account
from shared.staff.sample import add_sample_staff
from welfare import wall
from welfare.campaigns.commands import close_campaign, open_campaign, plan_campaign
from welfare.campaigns.models import Campaign
from welfare.campaigns.queries import open_campaigns
from welfare.disputes.commands import add_session, open_dispute, settle_dispute
from welfare.funds.commands import create_fund
from welfare.funds.models import Fund
from welfare.lookups import HouseholdMember, Person
from welfare.relief.commands import submit_application
from welfare.relief.decisions import approve_application, record_visit
from welfare.relief.payments import pay_out
from welfare.sample_seasons import Season, last_summer, next_winter
from welfare.talks.commands import arrange_talk, record_talk

TALKS = 64
DISPUTES = 9
FAMILIES = 6
AMOUNT = Decimal("2000.00")
BUDGET = Decimal("20000.00")
BODIES = ("union", "party", "women", "league")
PATIENCE_SECONDS = 60
_MARK = "sample-loaded"
_NOTES = ("谈了最近的工作安排。", "问了子女入托的手续。", "想换到离家近的岗位。", "聊了和同事的相处。")
_MATTERS = (
    ("wages", "加班工资的计算方式"),
    ("work", "排班与调休"),
    ("family", "家庭照料的分担"),
    ("neighbours", "宿舍噪声"),
)


def load(runtime: Runtime) -> None:
    """Load what is not there yet. Waits a minute at most for membership to tell of the people."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
    _wait_for_people(runtime)
    sample = Sample(runtime, _staff(runtime))
    sample.fund()
    for number in range(TALKS):
        sample.talk(number)
    for number in range(DISPUTES + 1):
        sample.dispute(number)
    summer, winter = sample.seasons()
    for season in (summer, winter):
        sample.campaign(season)
    for number in range(FAMILIES + 1):
        sample.relief(number)
    sample.close(summer)
    for number in range(3):
        sample.appointment(number)


@dataclass(frozen=True)
class Sample:
    """The blocks of the sample, each in the name of one of its accounts and at a moment of the past."""

    runtime: Runtime
    staff: dict[str, Principal]

    def fund(self) -> None:
        with self._once("fund", "admin", self._moment(300)) as work:
            if work is not None:
                create_fund(
                    work,
                    code="loving-heart",
                    name_zh="爱心救助金",
                    name_en="Loving-heart relief fund",
                    body="*",
                    budget=BUDGET,
                    day=self._day(work),
                )

    def talk(self, number: int) -> None:
        """Held between ten months and a fortnight ago, oldest first, in turn at the four bodies."""
        body = BODIES[number % 4]
        starts_at = self._moment(14 + (TALKS - 1 - number) * 4, 9 + number % 8)
        ends_at = starts_at + timedelta(minutes=30 + 15 * (number % 3))
        with self._once(f"talk-{number}", body, ends_at) as work:
            if work is not None:
                record_talk(
                    work,
                    self._keys,
                    body=body,
                    person_id=sample_id("person", 181 + number),
                    starts_at=starts_at,
                    ends_at=ends_at,
                    outcome=("advised", "settled", "referred", "advised")[number % 4],
                    note=_NOTES[number % len(_NOTES)],
                )

    def dispute(self, number: int) -> None:
        """Nine that were settled after a session or two, and one that was taken up lately and is open."""
        body, (kind, matter) = BODIES[number % 4], _MATTERS[number % len(_MATTERS)]
        opened = self._moment(40 + (DISPUTES - number) * 25)
        with self._once(f"dispute-{number}", body, opened) as work:
            if work is None:
                return
            people = [sample_id("person", 230 + 2 * number), sample_id("person", 231 + 2 * number)]
            today = self._day(work)
            dispute = open_dispute(
                work, self._keys, body=body, person_ids=people, kind=kind, today=today, matter=matter
            )
            for _session in range(1 + number % 2):
                work.now += timedelta(days=6)
                day = self._day(work)
                add_session(work, self._keys, dispute.id, held_on=day, today=day, note="双方说明了各自的想法。")
            if number < DISPUTES:
                work.now += timedelta(days=4)
                day = self._day(work)
                settle_dispute(work, self._keys, dispute.id, closed_on=day, today=day, terms="双方签字确认。")

    def seasons(self) -> tuple[Season, Season]:
        """The summer that is over, and the winter that is there or comes next."""
        today = self.runtime.clock().astimezone(self.runtime.settings.time_zone).date()
        return last_summer(today), next_winter(today)

    def campaign(self, season: Season) -> None:
        """Planned by the union a month ahead, and opened on its first day if that has come."""
        first_morning = self._at(season.starts_on, 9)
        planned = min(first_morning - timedelta(days=30), self.runtime.clock())
        with self._once(f"campaign-{season.name_en}", "union", planned) as work:
            if work is None:
                return
            campaign = plan_campaign(
                work,
                body="union",
                name_zh=season.name_zh,
                name_en=season.name_en,
                purpose=season.purpose,
                starts_on=season.starts_on,
                ends_on=season.ends_on,
                fund_id=self._fund_id(work),
                today=self._day(work),
            )
            if first_morning <= self.runtime.clock():
                work.now = first_morning
                open_campaign(work, campaign.id, today=season.starts_on)

    def close(self, season: Season) -> None:
        """When all that was asked for in it had been paid."""
        with self._once(f"campaign-{season.name_en}-closed", "union", self._at(season.settled_on, 16)) as work:
            if work is None:
                return
            mine = (Campaign.name_en == season.name_en, Campaign.state == "open")
            for campaign in work.session.scalars(wall.visible(select(Campaign).where(*mine), work.actor)).all():
                close_campaign(work, campaign.id, today=self._day(work))

    def relief(self, number: int) -> None:
        """Six families that were paid 2,000.00 each, and one application that waits for a decision.

        Those of the union belong to its campaign of that day, where there was one.
        """
        body = ("union", "union", "women", "union", "party", "women", "union")[number]
        last = number == FAMILIES
        begun = self._moment(16 if last else 30 + (FAMILIES - number) * 35)
        with self._once(f"relief-{number}", body, begun) as work:
            if work is None:
                return
            today = self._day(work)
            campaigns = [one.id for one in open_campaigns(work.session, work.actor, today) if one.body == body]
            application = submit_application(
                work,
                self._keys,
                body=body,
                person_id=sample_id("person", 2 * (number + 1) - 1),
                fund_id=self._fund_id(work),
                campaign_id=campaigns[0] if campaigns else None,
                amount_asked=AMOUNT,
                occasion=("illness", "accident", "study", "injury", "hardship", "disaster", "illness")[number],
                today=today,
                circumstances="收入中断，需要临时帮助。",
            )
            work.now += timedelta(days=5)
            day = self._as(work, "reception")
            record_visit(work, self._keys, application.id, visited_on=day, today=day, finding="情况属实。")
            if last:
                return
            work.now += timedelta(days=4)
            day = self._as(work, "approver")
            approve_application(work, application.id, today=day)
            work.now += timedelta(days=2)
            day = self._as(work, body)
            pay_out(work, application.id, today=day, receipt=f"LH-{number + 1:03d}")

    def appointment(self, number: int) -> None:
        """Talks of the coming days; facilities is asked for the room."""
        now = self.runtime.clock().astimezone(self.runtime.settings.time_zone)
        day = now.date() + timedelta(days=1 + number)
        starts_at = datetime.combine(day, clock_time(14, 0), self.runtime.settings.time_zone)
        with self._once(f"appointment-{number}", BODIES[number], now) as work:
            if work is not None:
                arrange_talk(
                    work,
                    body=BODIES[number],
                    person_id=sample_id("person", 260 + number),
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=45),
                )

    @contextmanager
    def _once(self, name: str, username: str, moment: datetime) -> Iterator[UnitOfWork | None]:
        """A unit of work at that moment in the name of that account; None when this block was loaded before."""
        with self.runtime.unit_of_work(actor=self.staff[username], now=moment) as work:
            subject = f"sample/{name}"
            known = select(AuditRow.id).where(AuditRow.action == _MARK, AuditRow.subject == subject)
            if work.session.scalar(known) is not None:
                yield None
                return
            yield work
            work.audit(_MARK, subject)

    def _as(self, work: UnitOfWork, username: str) -> date:
        """Somebody else goes on with the same block; gives the day it then is."""
        work.actor = self.staff[username]
        return self._day(work)

    def _day(self, work: UnitOfWork) -> date:
        return work.now.astimezone(self.runtime.settings.time_zone).date()

    def _moment(self, days_ago: int, hour: int = 10) -> datetime:
        """That many days ago at the centre, at a full hour."""
        today = self.runtime.clock().astimezone(self.runtime.settings.time_zone).date()
        return self._at(today - timedelta(days=days_ago), hour)

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, clock_time(hour, 0), self.runtime.settings.time_zone)

    @property
    def _keys(self) -> dict[str, bytes]:
        return dict(self.runtime.settings.data_keys)

    def _fund_id(self, work: UnitOfWork) -> UUID:
        statement = wall.visible(select(Fund.id).where(Fund.code == "loving-heart"), SYSTEM)
        return work.session.scalars(statement).one()


def _staff(runtime: Runtime) -> dict[str, Principal]:
    usernames = ("reception", "party", "union", "league", "women", "approver", "admin")
    with runtime.reading() as session:
        found = {username: find_account(session, username) for username in usernames}
        return {username: account.principal() for username, account in found.items() if account is not None}


def _wait_for_people(
    runtime: Runtime, patience: float = PATIENCE_SECONDS, pause: Callable[[float], None] = time.sleep
) -> None:
    """Until membership's events about the sample people are worked off; RuntimeError after a minute without them."""
    deadline = time.monotonic() + patience
    while not _people_are_there(runtime):
        if time.monotonic() > deadline:
            raise RuntimeError("membership has not told of the sample people; is its worker running?")
        pause(0.2)


def _people_are_there(runtime: Runtime) -> bool:
    with runtime.reading() as session:
        people = session.scalar(select(func.count()).select_from(Person).where(Person.sample.is_(True))) or 0
        members = session.scalar(select(func.count()).select_from(HouseholdMember)) or 0
    return people >= 300 and members >= 120

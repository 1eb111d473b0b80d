"""A sample year of meetings: one branch held all that it owes, one has gaps. As activities would tell them."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from membership.house import PARTS, Duty, house
from membership.meetings.commands import keep_attendance, keep_sessions
from membership.meetings.models import ActivitySession
from membership.meetings.rules import COMMITTEE, GROUP, MEMBERS
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.organisations.models import Organisation
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.runtime import Runtime
from shared.sample import sample_id

_TITLES = {
    "members-meeting": ("党员大会（样例）", "Members' meeting (sample)"),
    "committee": ("支部委员会（样例）", "Committee meeting (sample)"),
    "group": ("党小组会（样例）", "Group meeting (sample)"),
    "lecture": ("书记讲党课（样例）", "Lecture by the secretary (sample)"),
    "theme-day": ("主题党日（样例）", "Theme day (sample)"),
}
_ROLES = {"members": MEMBERS, "committee": COMMITTEE, "groups": GROUP}
_COMPLETE, _GAPS = "PARTY-1", "PARTY-2"


def load(runtime: Runtime) -> None:
    """Load what is not there yet: the year so far of two branches, a unit of work for each kind of meeting."""
    centre = Centre.of(runtime.settings)
    today = centre.today(runtime.clock())
    for code in (_COMPLETE, _GAPS):
        for duty in house().duties:
            with runtime.unit_of_work() as work:
                _year(work, code, duty, today, centre)


def _year(work: UnitOfWork, code: str, duty: Duty, today: date, centre: Centre) -> None:
    branch = sample_id("organisation", code)
    places = [branch]
    if duty.who == "groups":
        groups = select(Organisation.id).where(Organisation.parent_id == branch, Organisation.kind == "party-group")
        places = list(work.session.scalars(groups))
    for place in places:
        for first in range(1, 13, 12 // PARTS[duty.every]):
            day = min(date(today.year, first, 10), today)
            if date(today.year, first, 1) > today or (code == _GAPS and first % 3):
                continue
            _hold(work, place, duty, first, day, centre)


def _hold(work: UnitOfWork, place: UUID, duty: Duty, first: int, day: date, centre: Centre) -> None:
    key = f"meeting-{place}-{duty.code}-{first}"
    session_id = sample_id("activity-session", key)
    if work.session.get(ActivitySession, session_id) is not None:
        return
    starts_at = datetime.combine(day, time(14), centre.zone).astimezone(UTC)
    session = {"session_id": session_id, "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=90)}
    keep_sessions(work, sample_id("activity", key), duty.kinds[0], _TITLES[duty.code], [session])
    work.session.flush()
    query = select(Membership.person_id).where(
        Membership.organisation_id == place, Membership.role.in_(_ROLES[duty.who]), holds_on(day)
    )
    for person_id in sorted(set(work.session.scalars(query))):
        keep_attendance(work, sample_id("registration", f"{key}-{person_id}"), session_id, person_id, True, 90)

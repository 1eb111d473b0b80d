"""What the first page asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity.models import Activity, Session
from activities.activity.overview import SessionShown, Shown, show
from activities.attendance.models import Attendance
from activities.registration.models import Registration

MONTHS = 6


@dataclass(frozen=True)
class Planned:
    """A session with its activity."""

    activity: Shown
    session: SessionShown


@dataclass(frozen=True)
class MonthCount:
    """Sessions that began in a month (by its first day), places given in them, and who was marked present or absent."""

    month: date
    sessions: int
    places: int
    present: int
    absent: int


def sessions_between(session: DatabaseSession, since: datetime, until: datetime) -> list[Planned]:
    """Sessions of public activities that touch [since, until), by their beginning."""
    query = (
        select(Activity)
        .join(Session, Session.activity_id == Activity.id)
        .where(Activity.state.in_(("published", "completed")), Session.starts_at < until, Session.ends_at > since)
    )
    found = [
        Planned(activity, one)
        for activity in show(session, session.scalars(query).unique().all())
        for one in activity.sessions
        if one.starts_at < until and one.ends_at > since
    ]
    return sorted(found, key=lambda planned: planned.session.starts_at)


def that_need_somebody(session: DatabaseSession) -> Sequence[Shown]:
    """Activities whose place is in doubt, and drafts to which a place was refused."""
    refused = (Activity.state == "draft") & Activity.notice.is_not(None)
    flagged = (Activity.state == "published") & Activity.flagged_at.is_not(None)
    rows = session.scalars(select(Activity).where(or_(flagged, refused)).order_by(Activity.id.desc()).limit(50))
    return [one for one in show(session, rows.unique().all()) if one.notice or one.flagged_at]


def month_counts(session: DatabaseSession, today: date, zone: ZoneInfo) -> list[MonthCount]:
    """The last six months, this one included, oldest first."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    since = datetime.combine(months[0], time(), zone)
    until = datetime.combine((months[-1] + timedelta(days=32)).replace(day=1), time(), zone)
    begun = Session.starts_at >= since, Session.starts_at < until, Activity.state.in_(("published", "completed"))
    sessions = select(Session.starts_at).join(Activity, Activity.id == Session.activity_id).where(*begun)
    places = (
        select(Session.starts_at, Attendance.present)
        .select_from(Registration)
        .join(Session, Session.id == Registration.session_id)
        .join(Activity, Activity.id == Session.activity_id)
        .outerjoin(Attendance, Attendance.registration_id == Registration.id)
        .where(Registration.state == "confirmed", *begun)
    )
    counted = {month: [0, 0, 0, 0] for month in months}
    for (starts_at,) in session.execute(sessions):
        counted[_month(starts_at, zone)][0] += 1
    for starts_at, present in session.execute(places):
        figures = counted[_month(starts_at, zone)]
        figures[1] += 1
        figures[2] += present is True
        figures[3] += present is False
    return [MonthCount(month, *figures) for month, figures in counted.items()]


def _month(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date().replace(day=1)

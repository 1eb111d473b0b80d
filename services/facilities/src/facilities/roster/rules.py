"""What a shift must be like, and when a person may be on duty in it. Pure: times are aware, windows half-open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from facilities.naming import BilingualName
from facilities.occupancy.rules import GRACE, Window
from shared.refusal import Reason
from shared.texts import N_

LONGEST = timedelta(hours=16)
MOST_PEOPLE = 50
_HOUR = timedelta(hours=1)
_EVENING, _MORNING = time(20), time(6)


@dataclass(frozen=True)
class Limits:
    """``rest``: between two shifts of one person. ``weekly``: of one person in a week from Monday on, by the start of
    each shift. ``soon``: how long before its beginning a shift that lacks people is an alarm. ``zone``: whose days."""

    rest: timedelta
    weekly: timedelta
    soon: timedelta
    zone: ZoneInfo


@dataclass(frozen=True)
class Stint:
    """One person's part in one shift."""

    shift_id: UUID
    window: Window


@dataclass(frozen=True)
class Candidate:
    """Somebody who is to be on duty: who reads the refusal knows them by ``name``; ``roles`` None: not on the team."""

    person_id: UUID
    name: str
    roles: frozenset[str] | None
    stints: Sequence[Stint] = ()

    def with_stint(self, stint: Stint) -> "Candidate":
        return replace(self, stints=(*self.stints, stint))


def hours(length: timedelta) -> Decimal:
    """A length of time in hours with one decimal."""
    return (Decimal(int(length.total_seconds())) / Decimal(int(_HOUR.total_seconds()))).quantize(Decimal("0.1"))


def hours_text(length: timedelta) -> str:
    """The same for sentences: ``11``, ``10.5``."""
    return f"{hours(length).normalize():f}"


def week_of(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week, on the wall clock."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def is_night(window: Window, zone: ZoneInfo) -> bool:
    """Whether some of it lies between eight in the evening and six in the morning."""
    start, end = window.starts_at.astimezone(zone), window.ends_at.astimezone(zone)
    return start.time() >= _EVENING or start.time() < _MORNING or end > datetime.combine(start.date(), _EVENING, zone)


def is_weekend(window: Window, zone: ZoneInfo) -> bool:
    return window.starts_at.astimezone(zone).weekday() >= 5


def broken_shift_rules(
    window: Window, now: datetime, *, title: str, needs: Mapping[str, int], roles: Iterable[str]
) -> list[Reason]:
    """What is wrong with a shift itself. ``roles`` are those that there are."""
    reasons = []
    if not title.strip():
        reasons.append(Reason("title-missing", N_("Say what the shift is called."), "title_zh"))
    if window.ends_at <= window.starts_at:
        reasons.append(Reason("ends-before-start", N_("The end must be later than the start."), "ends_at"))
    elif window.length > LONGEST:
        text = N_("A shift lasts %(hours)s hours at most.")
        reasons.append(Reason("shift-too-long", text, "ends_at", {"hours": hours_text(LONGEST)}))
    if window.starts_at < now - GRACE:
        reasons.append(Reason("in-the-past", N_("The shift would have begun already."), "starts_at"))
    if not any(needs.values()):
        reasons.append(Reason("nobody-needed", N_("Say whom the shift needs."), "needs"))
    known = set(roles)
    for role, people in needs.items():
        if role not in known:
            text = N_("There is no role %(code)s.")
            reasons.append(Reason("unknown-role", text, "needs", {"code": role}))
        if not 0 <= people <= MOST_PEOPLE:
            text = N_("A role needs up to %(most)s people.")
            reasons.append(Reason("too-many-needed", text, "needs", {"most": MOST_PEOPLE}))
    return reasons


def broken_time_rules(shift: Stint, person: Candidate, limits: Limits) -> list[Reason]:
    """What speaks against these times for this person, whose stints in other shifts are known."""
    others = sorted(
        (one.window for one in person.stints if one.shift_id != shift.shift_id), key=lambda window: window.starts_at
    )
    facts: dict[str, Any] = {"who": person.name, "person_id": person.person_id}
    reasons = []
    for other in others:
        if other.overlaps(shift.window):
            text = N_("%(who)s is on duty from %(other)s on.")
            reasons.append(Reason("duties-overlap", text, "person", {**facts, "other": other.starts_at}))
            continue
        rest = max(other.starts_at - shift.window.ends_at, shift.window.starts_at - other.ends_at)
        if rest < limits.rest:
            text = N_(
                "%(who)s would rest %(hours)s hours between this shift and the one of %(other)s; %(needed)s are needed."
            )
            told = {**facts, "other": other.starts_at, "hours": hours_text(rest), "needed": hours_text(limits.rest)}
            reasons.append(Reason("rest-too-short", text, "person", told))
    week = week_of(shift.window.starts_at, limits.zone)
    total = shift.window.length + sum(
        (one.length for one in others if week_of(one.starts_at, limits.zone) == week), timedelta()
    )
    if total > limits.weekly:
        text = N_("%(who)s would have %(hours)s hours in that week; %(most)s are allowed.")
        told = {**facts, "hours": hours_text(total), "most": hours_text(limits.weekly)}
        reasons.append(Reason("week-too-long", text, "person", told))
    return reasons


def broken_duty_rules(
    shift: Stint, role: str, role_name: BilingualName, lacks: int | None, person: Candidate, limits: Limits
) -> list[Reason]:
    """Everything that speaks against this person in this role. ``lacks`` None: the shift does not need the role."""
    facts: dict[str, Any] = {"who": person.name, "person_id": person.person_id, "what": role_name}
    reasons = []
    if lacks is None:
        reasons.append(Reason("role-not-needed", N_("This shift does not need the role %(what)s."), "role", facts))
    elif lacks <= 0:
        reasons.append(Reason("role-full", N_("There are enough people for %(what)s."), "role", facts))
    if person.roles is None:
        reasons.append(Reason("not-on-team", N_("%(who)s does not belong to the duty team."), "person", facts))
    elif role not in person.roles:
        reasons.append(Reason("not-qualified", N_("%(who)s is not known to do %(what)s."), "person", facts))
    if any(one.shift_id == shift.shift_id for one in person.stints):
        reasons.append(Reason("on-this-shift", N_("%(who)s is in this shift already."), "person", facts))
    return reasons + broken_time_rules(shift, person, limits)


@dataclass(frozen=True)
class Pattern:
    """A shift on some days of so many weeks, the first of which holds ``first_day``. ``weekdays``: 0 is Monday."""

    first_day: date
    weeks: int
    weekdays: frozenset[int]
    starts: time
    ends: time

    def windows(self, zone: ZoneInfo) -> list[Window]:
        """Each occurrence on the wall clock of the zone; an end that is not later than the start is the next day's."""
        monday = self.first_day - timedelta(days=self.first_day.weekday())
        days = (monday + timedelta(days=number) for number in range(7 * self.weeks))
        found = []
        for day in days:
            if day < self.first_day or day.weekday() not in self.weekdays:
                continue
            last = day if self.ends > self.starts else day + timedelta(days=1)
            found.append(Window(datetime.combine(day, self.starts, zone), datetime.combine(last, self.ends, zone)))
        return found


def in_turn(people: Sequence[UUID], wanted: int, occurrences: int) -> list[list[UUID]]:
    """Whose turn it is each time: so many people, going on where the last time ended. Nobody twice at one time."""
    wanted = min(wanted, len(people))
    return [[people[(number * wanted + seat) % len(people)] for seat in range(wanted)] for number in range(occurrences)]

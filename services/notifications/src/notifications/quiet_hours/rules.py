"""When a category may be sent, and when what waits is released. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.refusal import Reason
from shared.texts import N_
from shared.workdays.rules import WorkCalendar

LONGEST_REASON = 300
"""Characters."""

SPREAD = timedelta(minutes=15)
"""What waited is released within this time after the quiet hours, so that not all of it comes at once."""
_FARTHEST = 400  # days
ON_THE_WAY = timedelta(hours=1)
"""So long before it begins somebody may set out."""


class Quiet(Protocol):
    """Times at which nothing is sent."""

    def covers(self, moment: datetime) -> bool: ...

    def release(self, moment: datetime) -> datetime:
        """The first moment from `moment` on that is not quiet."""


@dataclass(frozen=True)
class DaysAndHours:
    """Messages are sent on working days from `workday[0]` until `workday[1]`, on days off likewise or not at all."""

    workday: tuple[time, time]
    day_off: tuple[time, time] | None
    calendar: WorkCalendar
    zone: ZoneInfo

    def covers(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        hours = self.workday if self.calendar.is_working(local.date()) else self.day_off
        return hours is None or not hours[0] <= local.time() < hours[1]

    def release(self, moment: datetime) -> datetime:
        """Where nobody works for more than a year, as a calendar that was entered wrongly may say, it is `moment`."""
        if not self.covers(moment):
            return moment
        local = moment.astimezone(self.zone)
        for step in range(_FARTHEST):
            day = local.date() + timedelta(days=step)
            hours = self.workday if self.calendar.is_working(day) else self.day_off
            if hours is not None and (start := datetime.combine(day, hours[0], self.zone)) > moment:
                return start.astimezone(moment.tzinfo)
        return moment


@dataclass(frozen=True)
class Timetable:
    """The quiet hours of each category: its own, else those of the installation, which may be none."""

    usual: Quiet | None
    own: Mapping[str, Quiet] = field(default_factory=dict)

    def of(self, category: str) -> Quiet | None:
        return self.own.get(category, self.usual)

    def is_quiet(self, moment: datetime, category: str) -> bool:
        quiet = self.of(category)
        return quiet is not None and quiet.covers(moment)


@dataclass(frozen=True)
class Departure:
    """When a message may first be sent, and why it is sent although it is quiet: rule, begins-soon or useless-later."""

    at: datetime
    although_quiet: str | None = None


def departure(
    now: datetime,
    quiet: Quiet | None,
    *,
    passes_because: str | None,
    expires_at: datetime,
    jitter: Callable[[], float],
    spread: timedelta = SPREAD,
    needed_by: datetime | None = None,
) -> Departure:
    """Quiet hours hold a message until their end plus a part of `spread` (`jitter` gives 0..1).

    One that passes them goes at once, and so does one that would expire before: a message that is useless in the
    morning is sent at night. So is one that changes where somebody is to be at `needed_by`, where they might set out
    before it came.
    """
    if quiet is None or not quiet.covers(now):
        return Departure(now)
    if passes_because is not None:
        return Departure(now, passes_because)
    opened = quiet.release(now)
    if opened >= expires_at:
        return Departure(now, "useless-later")
    if needed_by is not None and now < needed_by < opened + spread + ON_THE_WAY:
        return Departure(now, "begins-soon")
    return Departure(opened + min(spread, (expires_at - opened) / 2) * jitter())


def check_hours(
    workday: tuple[time | None, time | None], day_off: tuple[time | None, time | None] | None
) -> list[Reason]:
    """Every reason not to save these hours; None as the hours of days off means that nothing is sent on them."""
    reasons = []
    for name, hours in (("workday", workday), ("day_off", day_off)):
        if hours is None:
            continue
        start, end = hours
        if start is None or end is None:
            reasons.append(Reason("hours-missing", N_("Say from when until when."), f"{name}_from"))
        elif start >= end:
            reasons.append(Reason("hours-order", N_("The end must come after the beginning."), f"{name}_until"))
    return reasons


def tidy_reason(given: str, kept: str) -> str:
    """Why a rule passes the quiet hours, on one line; `kept` where nothing is said anew."""
    return " ".join(given.split()) or kept


def check_passing(begins: bool, reason: str) -> list[Reason]:
    """Why a rule may not pass the quiet hours from now on: whoever lets it `begin` says why."""
    if len(reason) > LONGEST_REASON:
        return [Reason("reason", N_("At most %(most)s characters."), "passes_reason", {"most": LONGEST_REASON})]
    if not begins or reason:
        return []
    return [Reason("passes-reason", N_("Say why people are to be woken."), "passes_reason")]

"""Shifts as pages show them: the week, words and tones, and what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.bookings.day import day_window
from facilities.occupancy.rules import Window
from facilities.roster.ledger import names_of
from facilities.roster.models import Duty, Shift, ShiftSeries
from facilities.roster.queries import shifts_between
from facilities.roster.settings import limits_of
from shared.database.tables import AuditRow
from shared.texts import N_
from shared.web import runtime
from shared.web.calendar import Entry, Timeline, timeline

_WORDS = {
    "shift.planned": (N_("Planned"), "good"),
    "shift.changed": (N_("Changed"), "neutral"),
    "shift.cancelled": (N_("Cancelled"), "bad"),
    "shift.filled-fairly": (N_("Filled from a fair proposal"), "good"),
    "duty.assigned": (N_("Somebody was put on duty"), "good"),
    "duty.signed-up": (N_("Somebody signed up"), "good"),
    "duty.gave-up": (N_("Somebody gave the duty up"), "warn"),
    "duty.removed": (N_("Somebody was taken off"), "warn"),
    "swap.asked": (N_("A swap was asked for"), "neutral"),
    "swap.done": (N_("Swapped; both agreed"), "good"),
    "swap.declined": (N_("The swap was declined"), "neutral"),
    "swap.withdrawn": (N_("The swap was taken back"), "neutral"),
}
_ENDS = {
    "gave-up": N_("gave up"),
    "removed": N_("taken off"),
    "swapped": N_("swapped"),
    "cancelled": N_("shift cancelled"),
    "merged": N_("was entered twice"),
    "erased": N_("person erased"),
}
# Of a skipped date only the rules are kept that spoke against it, no facts.
_SKIPPED = {
    "planned-already": N_("A shift of this name was planned at that time already."),
    "in-the-past": N_("The shift would have begun already."),
    "duties-overlap": N_("Was on duty elsewhere at that time."),
    "rest-too-short": N_("Had too little rest before or after it."),
    "week-too-long": N_("Had too many hours in that week."),
    "not-on-team": N_("Did not belong to the duty team."),
    "not-qualified": N_("Was not known to do that."),
}


def week_window(monday: date) -> Window:
    start = day_window(monday).starts_at
    return Window(start, day_window(monday + timedelta(days=7)).starts_at)


def local_shift_window(day: date, start: time, end: time) -> Window:
    """From the wall clock; an end that is not later than the start is on the next day."""
    zone = runtime().settings.time_zone
    last = day if end > start else day + timedelta(days=1)
    return Window(datetime.combine(day, start, zone), datetime.combine(last, end, zone))


def week_of_shifts(session: Session, monday: date) -> tuple[Timeline, list[Shift], Mapping[UUID, str]]:
    """The week for the calendar, a row for each kind of shift; the shifts; names of who is on duty."""
    shifts = shifts_between(session, week_window(monday))
    names = people_in(session, shifts)
    lines: dict[str, tuple[str, str, None]] = {}
    entries = []
    for shift in shifts:
        label = str(shift.title)
        lines.setdefault(label, (label, label, None))
        entries.append(_entry(shift, label, names))
    return timeline(monday, runtime().settings.time_zone, list(lines.values()), entries), shifts, names


def people_in(session: Session, shifts: Sequence[Shift]) -> dict[UUID, str]:
    """Names of everybody who is or was on duty in these shifts; who has none any more is left out."""
    return names_of(session, {duty.person_id for shift in shifts for duty in shift.duties})


def short_words(shift: Shift) -> str:
    """``lacks 2 people``, or nothing."""
    return ngettext("lacks %(num)s person", "lacks %(num)s people", shift.missing) if shift.missing else ""


def tone(shift: Shift) -> str:
    if shift.state == "cancelled":
        return "neutral"
    if not shift.missing:
        return "good"
    soon = shift.starts_at - runtime().clock() <= limits_of(runtime().settings).soon
    return "bad" if soon and shift.ends_at > runtime().clock() else "warn"


def ended_words(duty: Duty) -> str:
    return gettext(_ENDS.get(duty.reason or "", N_("taken off")))


def subjects(shift: Shift) -> list[str]:
    """Of the events that tell of a shift: its own, and those of everybody who is or was on duty in it."""
    return [f"shift/{shift.id}", *(f"duty/{duty.id}" for duty in shift.duties)]


@dataclass(frozen=True)
class Skipped:
    """What a series could not plan as wished: a date, or with ``person_id`` only this person's place on it."""

    starts_at: datetime
    role: str | None
    person_id: UUID | None
    reasons: Sequence[str]


def skipped_of(series: ShiftSeries) -> list[Skipped]:
    """By date, in words."""
    found = [
        Skipped(
            datetime.fromisoformat(one["starts_at"]),
            one["role"],
            UUID(one["person_id"]) if one["person_id"] else None,
            [gettext(_SKIPPED.get(code, N_("A rule spoke against it."))) for code in one["codes"]],
        )
        for one in series.skipped
    ]
    return sorted(found, key=lambda one: one.starts_at)


def _entry(shift: Shift, label: str, names: Mapping[UUID, str]) -> Entry:
    people = gettext(", ").join(names.get(duty.person_id, "—") for duty in shift.on_duty)
    url = url_for("roster_pages.show_shift", shift_id=shift.id)
    title = people or gettext("Nobody yet")
    return Entry(label, shift.starts_at, shift.ends_at, title, url=url, tone=tone(shift), state=short_words(shift))


def history(session: Session, shift: Shift) -> list[dict[str, Any]]:
    """Entries for the kit's timeline, oldest first."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject == f"shift/{shift.id}").order_by(AuditRow.id)).all()
    entries: list[dict[str, Any]] = []
    if not any(row.action == "shift.planned" for row in rows):
        entries.append({"at": shift.made_at, "what": gettext("Planned with a series"), "tone": "good"})
    for row in rows:
        word, row_tone = _WORDS.get(row.action, (row.action, "neutral"))
        entries.append({"at": row.at, "what": gettext(word), "who": row.actor_name, "tone": row_tone})
    if shift.warned_at is not None:
        warned = {"at": shift.warned_at, "what": gettext("Begins soon and lacks people: said so"), "tone": "warn"}
        entries.append(warned)
    return sorted(entries, key=lambda entry: entry["at"])

"""Planning a whole rotation: the same shift on some days of so many weeks, with people in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from facilities.occupancy.rules import Window
from facilities.roster.duties import Seat, put_on_duty
from facilities.roster.events import record_assigned, record_staffing
from facilities.roster.ledger import candidates, lock_people
from facilities.roster.models import Shift, ShiftSeries
from facilities.roster.planning import ShiftPlan, store_shift
from facilities.roster.roles import role_of
from facilities.roster.rules import Candidate, Limits, Pattern, Stint, broken_duty_rules, in_turn
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Reason, Refused
from shared.texts import N_

MOST_SHIFTS = 200


@dataclass(frozen=True)
class SeriesPlan:
    """``shift`` says what each occurrence is like (its times do not count); ``turns`` who is in turn, by role."""

    shift: ShiftPlan
    pattern: Pattern
    turns: Mapping[str, Sequence[UUID]]


@dataclass(frozen=True)
class Conflict:
    """What speaks against one date: against the shift itself, or against a person whose turn it is."""

    window: Window
    reasons: Sequence[Reason]
    role: str | None = None
    person_id: UUID | None = None


@dataclass(frozen=True)
class Occurrence:
    """One date with its conflicts. ``seats`` are role and person of those against whom nothing speaks."""

    plan: ShiftPlan
    seats: Sequence[tuple[str, UUID]]
    conflicts: Sequence[Conflict]

    @property
    def stands(self) -> bool:
        """Whether the shift itself can be planned."""
        return all(conflict.person_id is not None for conflict in self.conflicts)


def foresee(work: UnitOfWork, series: SeriesPlan, limits: Limits) -> list[Occurrence]:
    """Every date with all that speaks against it; nothing is stored. Refused when the plan itself is wrong."""
    work.actor.demand("officer", series.shift.body)
    windows = series.pattern.windows(limits.zone)
    if not windows:
        raise Refused("no-dates", N_("No day of these weeks fits."), field="weekdays", status=422)
    if len(windows) > MOST_SHIFTS:
        text = N_("A series has at most %(most)s shifts.")
        raise Refused("too-many-shifts", text, field="weeks", status=422, most=MOST_SHIFTS)
    plans = [replace(series.shift, starts_at=one.starts_at, ends_at=one.ends_at) for one in windows]
    wrong = [one for one in plans[0].broken(work.now) if one.code != "in-the-past"]
    if wrong:
        raise Refused.many(wrong)
    everybody = {person for people in series.turns.values() for person in people}
    members = lock_people(work.session, everybody)
    span = Window(windows[0].starts_at, windows[-1].ends_at)
    people = candidates(work.session, members, everybody, span, limits)
    there = _planned_already(work, series.shift, span)
    turns = {
        role: in_turn(series.turns.get(role, ()), wanted, len(windows)) for role, wanted in series.shift.needs.items()
    }
    found = []
    for number, plan in enumerate(plans):
        of_shift = plan.broken(work.now)
        if any(window.overlaps(plan.window) for window in there):
            text = N_("A shift of this name is planned at that time already.")
            of_shift.append(Reason("planned-already", text, "starts_at"))
        conflicts = [Conflict(plan.window, of_shift)] if of_shift else []
        seats = []
        for role, times in turns.items():
            for person_id in times[number] if not of_shift else ():
                reasons = _seat(plan, role, people, person_id, limits)
                if reasons:
                    conflicts.append(Conflict(plan.window, reasons, role, person_id))
                else:
                    seats.append((role, person_id))
        found.append(Occurrence(plan, seats, conflicts))
    return found


def plan_series(work: UnitOfWork, series: SeriesPlan, *, limits: Limits, skip_conflicts: bool = False) -> ShiftSeries:
    """Store all dates of a series. With conflicts it is refused with those of every date, and nothing is stored;
    told to skip them, it leaves out dates that cannot be, leaves places open for people who cannot, and lists both."""
    occurrences = foresee(work, series, limits)
    conflicts = [conflict for one in occurrences for conflict in one.conflicts]
    if conflicts and not skip_conflicts:
        raise Refused.many([_dated(one, reason) for one in conflicts for reason in one.reasons], status=409)
    if not any(one.stands for one in occurrences):
        raise Refused("no-dates", N_("Nothing of it can be planned."), field="weekdays")
    made = ShiftSeries(id=new_id(), skipped=[_told(one) for one in conflicts], made_by=work.actor.key, made_at=work.now)
    work.session.add(made)
    work.session.flush()
    for one in occurrences:
        if one.stands:
            _store(work, replace(one.plan, series_id=made.id), one.seats, limits)
    work.audit("series.planned", f"series/{made.id}", shifts=sum(one.stands for one in occurrences))
    return made


def _seat(plan: ShiftPlan, role: str, people: dict[UUID, Candidate], person_id: UUID, limits: Limits) -> list[Reason]:
    """What speaks against this person at this date; with nothing, they have it from here on."""
    person = people[person_id]
    stint = Stint(new_id(), plan.window)
    reasons = broken_duty_rules(stint, role, role_of(role).name, 1, person, limits)
    if not reasons:
        people[person_id] = person.with_stint(stint)
    return reasons


def _store(work: UnitOfWork, plan: ShiftPlan, seats: Sequence[tuple[str, UUID]], limits: Limits) -> None:
    shift = store_shift(work, plan)
    lacked = shift.missing
    for duty in put_on_duty(work, [(shift, Seat(shift.id, role, person_id)) for role, person_id in seats]):
        record_assigned(work, duty)
    record_staffing(work, shift, lacked, limits)


def _planned_already(work: UnitOfWork, plan: ShiftPlan, span: Window) -> list[Window]:
    rows = work.session.execute(
        select(Shift.starts_at, Shift.ends_at).where(
            Shift.state == "planned",
            Shift.title_zh == (plan.title_zh or plan.title_en),
            Shift.ends_at > span.starts_at,
            Shift.starts_at < span.ends_at,
        )
    )
    return [Window(row.starts_at, row.ends_at) for row in rows]


def _dated(conflict: Conflict, reason: Reason) -> Reason:
    return replace(reason, facts={**reason.facts, "starts_at": conflict.window.starts_at})


def _told(conflict: Conflict) -> dict[str, Any]:
    return {
        "starts_at": conflict.window.starts_at.isoformat(),
        "role": conflict.role,
        "person_id": None if conflict.person_id is None else str(conflict.person_id),
        "codes": [reason.code for reason in conflict.reasons],
    }

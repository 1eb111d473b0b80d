"""Filling what is open fairly: a proposal with its ledger, which a person confirms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.occupancy.rules import Window
from facilities.roster.duties import Seat, broken_rules, lock_for, put_on_duty
from facilities.roster.events import record_assigned, record_staffing
from facilities.roster.fairness import Burden, OpenPlace, Proposal, propose
from facilities.roster.ledger import candidates, stints_between
from facilities.roster.models import Duty, Shift, TeamMember
from facilities.roster.planning import check_running
from facilities.roster.queries import shifts_between
from facilities.roster.rules import Limits, Stint
from shared.database import UnitOfWork
from shared.refusal import Reason, Refused
from shared.texts import N_

COUNTED_BEFORE = timedelta(weeks=4)
"""What people did in this time before counts in the ledger, too."""
MOST_PLACES = 200


@dataclass(frozen=True)
class Filling:
    """A proposal with what a page shows beside it."""

    proposal: Proposal
    shifts: dict[UUID, Shift]
    counted: Window


def proposal_for(session: Session, window: Window, bodies: Sequence[str], limits: Limits) -> Filling:
    """Who could take what is open in the shifts of these bodies that begin in the window."""
    shifts = [one for one in shifts_between(session, window) if one.body in bodies and one.missing]
    places = [
        OpenPlace(shift.id, role, shift.window)
        for shift in shifts
        for role, people in shift.lacks.items()
        for _ in range(people)
    ][:MOST_PLACES]
    members = {one.person_id: one for one in session.scalars(select(TeamMember).where(TeamMember.active))}
    counted = Window(window.starts_at - COUNTED_BEFORE, window.ends_at)
    people = candidates(session, members, members, window, limits)
    before = {}
    for person_id, stints in stints_between(session, members, counted).items():
        burden = Burden()
        for stint in stints:
            burden = burden.plus(stint.window, limits)
        before[person_id] = burden
    return Filling(propose(places, list(people.values()), before, limits), {one.id: one for one in shifts}, counted)


def fill(work: UnitOfWork, seats: Sequence[Seat], *, limits: Limits) -> list[Duty]:
    """Put all these people on duty, or nobody. Refused names every rule that any of them would break."""
    if not seats:
        raise Refused("nothing-to-fill", N_("Choose at least one person."), field="seats", status=422)
    shifts, members = lock_for(work, seats)
    for shift in shifts.values():
        work.actor.demand("officer", shift.body)
        check_running(work, shift)
    span = [shift.window for shift in shifts.values()]
    window = Window(min(one.starts_at for one in span), max(one.ends_at for one in span))
    people = candidates(work.session, members, {seat.person_id for seat in seats}, window, limits)
    lacked = {shift.id: shift.missing for shift in shifts.values()}
    reasons: list[Reason] = []
    made: list[Duty] = []
    for seat in seats:
        shift, person = shifts[seat.shift_id], people[seat.person_id]
        broken = broken_rules(shift, seat.role, person, limits)
        reasons += broken
        if not broken:
            made += put_on_duty(work, [(shift, seat)])
            people[seat.person_id] = person.with_stint(Stint(shift.id, shift.window))
    if reasons:
        raise Refused.many(reasons, status=409)
    for duty in made:
        record_assigned(work, duty)
    for shift in shifts.values():
        record_staffing(work, shift, lacked[shift.id], limits)
        work.audit("shift.filled-fairly", f"shift/{shift.id}")
    return made

"""Reading and locking shifts, people and what they have to do. Every command of the roster locks in here first.

Shifts are locked in the order of their ids, then people in the order of theirs, so that no two commands wait for each
other in a ring; under the locks nobody else gives these people or these shifts anything to do.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from facilities.occupancy.rules import Window
from facilities.people.models import Person
from facilities.roster.models import Duty, Shift, TeamMember
from facilities.roster.rules import Candidate, Limits, Stint
from shared.database import violated
from shared.refusal import NotFound, Refused
from shared.texts import N_

_AROUND = timedelta(days=8)
"""Farther away no rule looks: the week of a shift, and the rest beside it."""


def lock_shifts(session: Session, shift_ids: Iterable[UUID]) -> dict[UUID, Shift]:
    """These shifts, locked and read afresh. NotFound when one of them does not exist."""
    wanted = set(shift_ids)
    rows = session.scalars(
        select(Shift)
        .where(Shift.id.in_(wanted))
        .order_by(Shift.id)
        .with_for_update(of=Shift)
        .execution_options(populate_existing=True)
    )
    found = {shift.id: shift for shift in rows}
    if set(found) != wanted:
        raise NotFound("shift")
    return found


def lock_shift(session: Session, shift_id: UUID) -> Shift:
    return lock_shifts(session, [shift_id])[shift_id]


def lock_people(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, TeamMember]:
    """The members of the team among these people; who is no member has nothing to lock and cannot be put on duty."""
    rows = session.scalars(
        select(TeamMember)
        .where(TeamMember.person_id.in_(set(person_ids)))
        .order_by(TeamMember.person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {member.person_id: member for member in rows}


def names_of(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What these people are called; of whom no name is known has none in here."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids))))
    return {row.id: row.name for row in rows}


def stints_between(session: Session, person_ids: Iterable[UUID], window: Window) -> dict[UUID, list[Stint]]:
    """What these people have to do in the window, by person."""
    ids = set(person_ids)
    rows = session.execute(
        select(Duty.person_id, Duty.shift_id, Duty.starts_at, Duty.ends_at)
        .where(Duty.person_id.in_(ids), Duty.live)
        .where(Duty.ends_at > window.starts_at, Duty.starts_at < window.ends_at)
        .order_by(Duty.starts_at)
    )
    found: dict[UUID, list[Stint]] = {one: [] for one in ids}
    for row in rows:
        found[row.person_id].append(Stint(row.shift_id, Window(row.starts_at, row.ends_at)))
    return found


def around(window: Window, limits: Limits) -> Window:
    """All that the rules look at beside a shift of this time."""
    reach = max(_AROUND, limits.rest)
    return Window(window.starts_at - reach, window.ends_at + reach)


def candidates(
    session: Session, members: Mapping[UUID, TeamMember], person_ids: Iterable[UUID], window: Window, limits: Limits
) -> dict[UUID, Candidate]:
    """These people as the rules see them, with all that they do around the window."""
    ids = list(person_ids)
    names = names_of(session, ids)
    stints = stints_between(session, ids, around(window, limits))
    found = {}
    for one in ids:
        member = members.get(one)
        roles = frozenset(member.roles) if member is not None and member.active else None
        found[one] = Candidate(one, names.get(one, str(one)), roles, tuple(stints[one]))
    return found


def write(session: Session) -> None:
    """Send changes to the database now. What its constraints refuse comes back as a refusal, not as an error.

    Reached only by a writer that did not lock first; rules have given all reasons before in every other case.
    """
    try:
        session.flush()
    except IntegrityError as error:
        name = violated(error)
        if name == "ex_duties_person":
            text = N_("The person was given another duty at that time just now.")
            raise Refused("duties-overlap", text, field="person") from error
        if name == "ck_duties_need":
            raise Refused("role-full", N_("There are enough people for this role now."), field="role") from error
        if name == "ck_shifts_released":
            raise Refused("shift-cancelled", N_("The shift was cancelled.")) from error
        raise

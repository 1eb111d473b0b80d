"""Putting people on duty, and letting them go."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.roster.events import record_assigned, record_released, record_staffing
from facilities.roster.ledger import candidates, lock_people, lock_shift, lock_shifts, write
from facilities.roster.models import Duty, Shift, TeamMember
from facilities.roster.planning import check_running, withdraw_swaps
from facilities.roster.roles import role_of
from facilities.roster.rules import Candidate, Limits, Stint, broken_duty_rules
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import Principal
from shared.refusal import Forbidden, NotFound, Reason, Refused
from shared.texts import N_

WRONG_INPUT = ("role-not-needed", "not-on-team", "not-qualified")


@dataclass(frozen=True)
class Seat:
    """This person in this role of this shift."""

    shift_id: UUID
    role: str
    person_id: UUID


def person_of(session: Session, actor: Principal) -> UUID | None:
    """The person that a member of staff is: as the account says, or as the duty team knows the account."""
    if actor.person_id is not None or actor.id is None or actor.kind != "staff":
        return actor.person_id
    return session.scalar(select(TeamMember.person_id).where(TeamMember.account_id == actor.id))


def assign(work: UnitOfWork, seat: Seat, *, limits: Limits) -> Duty:
    """Put somebody on duty. Refused names every rule that speaks against it."""
    shift = lock_shift(work.session, seat.shift_id)
    work.actor.demand("officer", shift.body)
    return _assign(work, shift, seat, limits, "duty.assigned")


def sign_up(work: UnitOfWork, shift_id: UUID, role: str, *, limits: Limits) -> Duty:
    """Put oneself on duty. Refused when nobody knows which person the account is."""
    me = person_of(work.session, work.actor)
    if me is None:
        text = N_("Your account is not tied to a person of the duty team. Ask the reception to put you on duty.")
        raise Refused("nobody-known", text, status=422)
    shift = lock_shift(work.session, shift_id)
    return _assign(work, shift, Seat(shift_id, role, me), limits, "duty.signed-up")


def _assign(work: UnitOfWork, shift: Shift, seat: Seat, limits: Limits, action: str) -> Duty:
    check_running(work, shift)
    members = lock_people(work.session, [seat.person_id])
    person = candidates(work.session, members, [seat.person_id], shift.window, limits)[seat.person_id]
    reasons = broken_rules(shift, seat.role, person, limits)
    if reasons:
        raise Refused.many(reasons, status=422 if all(one.code in WRONG_INPUT for one in reasons) else 409)
    lacked = shift.missing
    [duty] = put_on_duty(work, [(shift, seat)])
    record_assigned(work, duty)
    record_staffing(work, shift, lacked, limits)
    work.audit(action, f"shift/{shift.id}", duty=str(duty.id), role=seat.role)
    return duty


def broken_rules(shift: Shift, role: str, person: Candidate, limits: Limits) -> list[Reason]:
    """What speaks against this person in this role of the shift as it stands."""
    lacks = shift.lacks.get(role, 0) if role in shift.wanted else None
    return broken_duty_rules(Stint(shift.id, shift.window), role, role_of(role).name, lacks, person, limits)


def put_on_duty(work: UnitOfWork, seats: Sequence[tuple[Shift, Seat]]) -> list[Duty]:
    """Write duties that keep the rules; the shifts are locked."""
    made = []
    for shift, seat in seats:
        duty = Duty(
            id=new_id(),
            role=seat.role,
            person_id=seat.person_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            state="assigned",
            live=True,
            made_by=work.actor.key,
            made_at=work.now,
        )
        shift.duties.append(duty)
        made.append(duty)
    write(work.session)
    return made


def release(work: UnitOfWork, duty_id: UUID, *, limits: Limits) -> Duty:
    """Give one's own duty up, or take somebody off a shift as an officer. The shift looks for people again."""
    duty = find_duty(work.session, duty_id)
    shift = lock_shift(work.session, duty.shift_id)
    own = duty.person_id == person_of(work.session, work.actor)
    if not own and not work.actor.allows("officer", shift.body):
        raise Forbidden("officer", shift.body)
    check_running(work, shift)
    check_live(duty)
    end_duties(work, shift, [duty], "gave-up" if own else "removed", limits)
    work.audit("duty.gave-up" if own else "duty.removed", f"shift/{shift.id}", duty=str(duty.id), role=duty.role)
    return duty


def end_duties(
    work: UnitOfWork, shift: Shift, duties: Sequence[Duty], reason: str, limits: Limits | None = None
) -> None:
    """Release these people from a locked shift and say what that means for it."""
    lacked = shift.missing
    for duty in duties:
        duty.release(reason, work.now)
    withdraw_swaps(work, [duty.id for duty in duties])
    write(work.session)
    for duty in duties:
        record_released(work, duty)
    record_staffing(work, shift, lacked, limits)


def find_duty(session: Session, duty_id: UUID) -> Duty:
    """NotFound when there is no such duty. Read again after the shift is locked."""
    duty = session.get(Duty, duty_id)
    if duty is None:
        raise NotFound("duty")
    return duty


def check_live(duty: Duty) -> None:
    if not duty.live:
        raise Refused("duty-over", N_("This duty has ended already."))


def lock_for(work: UnitOfWork, seats: Sequence[Seat]) -> tuple[dict[UUID, Shift], dict[UUID, TeamMember]]:
    """The shifts and then the people of several seats, locked in the common order."""
    shifts = lock_shifts(work.session, [seat.shift_id for seat in seats])
    return shifts, lock_people(work.session, [seat.person_id for seat in seats])

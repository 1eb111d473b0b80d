"""What becomes of duties when two records turn out to be one person, or when a person is erased."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from facilities.roster.duties import end_duties
from facilities.roster.ledger import lock_people, lock_shifts
from facilities.roster.models import Duty, DutySwap, TeamMember
from facilities.roster.queries import duties_ahead
from shared.database import UnitOfWork

_UNSEEN = {"synchronize_session": False}


def move(work: UnitOfWork, old: UUID, new: UUID) -> Mapping[str, int]:
    """Duties of the old id become the other's. Who was on duty twice at one time under both ids keeps the other's duty,
    and the shift of the ended one looks for somebody again."""
    doubled = _doubled(work, old, new)
    _end(work, doubled, "merged")
    ids = list(work.session.scalars(select(Duty.id).where(Duty.person_id == old)))
    work.session.execute(update(Duty).where(Duty.id.in_(ids)).values(person_id=new), execution_options=_UNSEEN)
    work.session.execute(
        update(DutySwap).where(DutySwap.to_person_id == old).values(to_person_id=new), execution_options=_UNSEEN
    )
    _withdraw_own(work, new)
    _join_team(work, old, new)
    work.session.expire_all()
    return {"duties": len(ids), "duties-doubled": len(doubled)}


def erase(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """End what lies ahead; that somebody was on duty stays, for the figures. They leave the team."""
    ahead = list(work.session.scalars(duties_ahead(person_id, work.now).order_by(Duty.id)))
    _end(work, ahead, "erased")
    work.session.execute(
        update(DutySwap)
        .where(DutySwap.to_person_id == person_id, DutySwap.state == "asked")
        .values(state="withdrawn", ended_at=work.now),
        execution_options=_UNSEEN,
    )
    work.session.execute(delete(TeamMember).where(TeamMember.person_id == person_id), execution_options=_UNSEEN)
    work.session.expire_all()
    return {"duties-ended": len(ahead)}


def still_open(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Duties that are not over."""
    return {"duties": len(work.session.scalars(duties_ahead(person_id, work.now)).all())}


def _doubled(work: UnitOfWork, old: UUID, new: UUID) -> list[Duty]:
    """Live duties of the old id at times at which the other one is on duty, too."""
    others = work.session.scalars(select(Duty).where(Duty.person_id == new, Duty.live)).all()
    mine = work.session.scalars(select(Duty).where(Duty.person_id == old, Duty.live).order_by(Duty.id)).all()
    return [one for one in mine if any(one.shift.window.overlaps(other.shift.window) for other in others)]


def _end(work: UnitOfWork, duties: Sequence[Duty], reason: str) -> None:
    shifts = lock_shifts(work.session, [duty.shift_id for duty in duties])
    lock_people(work.session, [duty.person_id for duty in duties])
    for shift_id, shift in shifts.items():
        ended = [duty for duty in shift.on_duty if duty.id in {one.id for one in duties if one.shift_id == shift_id}]
        end_duties(work, shift, ended, reason)


def _withdraw_own(work: UnitOfWork, person_id: UUID) -> None:
    """Nobody swaps with themselves."""
    mine = select(Duty.id).where(Duty.person_id == person_id)
    work.session.execute(
        update(DutySwap)
        .where(DutySwap.state == "asked", DutySwap.to_person_id == person_id, DutySwap.duty_id.in_(mine))
        .values(state="withdrawn", ended_at=work.now),
        execution_options=_UNSEEN,
    )


def _join_team(work: UnitOfWork, old: UUID, new: UUID) -> None:
    """One member who can do what both could."""
    members = lock_people(work.session, [old, new])
    leaving, staying = members.get(old), members.get(new)
    if leaving is None:
        return
    roles, account, active = leaving.roles, leaving.account_id, leaving.active
    work.session.delete(leaving)
    work.session.flush()
    if staying is None:
        staying = TeamMember(person_id=new, roles=[], active=False, since=work.now, version=0)
        work.session.add(staying)
    staying.roles = sorted({*staying.roles, *roles})
    staying.account_id = staying.account_id or account
    staying.active, staying.version = staying.active or active, staying.version + 1
    work.session.flush()

"""Making the cases of one person id another's.

An application is bound to its hands, decisions and pay-out by keys that name the people in it, so they are taken out
and put in again under the other id, within the one transaction. Where that would put one person on both sides, the
four eyes were two of one face: such an application stays as it was decided, and is counted for somebody to look at.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, update

from shared.database import UnitOfWork
from welfare.disputes.models import DisputeParty
from welfare.lookups import HouseholdMember, Person
from welfare.relief.models import Disbursement, ReliefApplication, ReliefDecision, ReliefHand, ReliefVisit
from welfare.talks.models import Talk
from welfare.wall import visible

_PEOPLE = ("person_id", "drafted_by", "visitor_id", "approver_id", "applicant_id", "approved_by", "paid_by")
_BOUND = (ReliefHand, ReliefVisit, ReliefDecision, Disbursement)


def move(work: UnitOfWork, old: UUID, new: UUID) -> Mapping[str, int]:
    """Talks, disputes, applications and the household of the old id become the other's."""
    talks: Any = work.session.execute(
        update(Talk).where(Talk.person_id == old).values(person_id=new),
        execution_options={"synchronize_session": False},
    )
    disputes = _parties(work, old, new)
    moved, kept = _applications(work, old, new)
    _household(work, old, new)
    work.session.execute(delete(Person).where(Person.id == old), execution_options={"synchronize_session": False})
    work.session.expire_all()
    counts = {"talks": talks.rowcount, "disputes": disputes, "relief-applications": moved, "kept-apart": kept}
    return {what: count for what, count in counts.items() if count}


def _parties(work: UnitOfWork, old: UUID, new: UUID) -> int:
    mine = select(DisputeParty.dispute_id).where(DisputeParty.person_id == new)
    both: Any = work.session.execute(
        delete(DisputeParty).where(DisputeParty.person_id == old, DisputeParty.dispute_id.in_(mine)),
        execution_options={"synchronize_session": False},
    )
    moved: Any = work.session.execute(
        update(DisputeParty).where(DisputeParty.person_id == old).values(person_id=new),
        execution_options={"synchronize_session": False},
    )
    return int(both.rowcount + moved.rowcount)


def _household(work: UnitOfWork, old: UUID, new: UUID) -> None:
    if work.session.get(HouseholdMember, new) is None:
        work.session.execute(
            update(HouseholdMember).where(HouseholdMember.person_id == old).values(person_id=new),
            execution_options={"synchronize_session": False},
        )
    work.session.execute(
        delete(HouseholdMember).where(HouseholdMember.person_id == old),
        execution_options={"synchronize_session": False},
    )


def _applications(work: UnitOfWork, old: UUID, new: UUID) -> tuple[int, int]:
    """How many applications were moved, and how many stay because both ids had a hand in them on either side."""
    query = visible(
        select(ReliefApplication.id)
        .outerjoin(ReliefHand, ReliefHand.application_id == ReliefApplication.id)
        .outerjoin(Disbursement, Disbursement.application_id == ReliefApplication.id)
        .where(
            or_(
                ReliefApplication.person_id == old,
                ReliefApplication.drafted_by == old,
                ReliefHand.person_id == old,
                Disbursement.paid_by == old,
            )
        )
        .distinct(),
        work.actor,
    )
    moved = kept = 0
    for application_id in work.session.scalars(query).all():
        if _one(work, application_id, old, new):
            moved += 1
        else:
            kept += 1
    return moved, kept


def _one(work: UnitOfWork, application_id: UUID, old: UUID, new: UUID) -> bool:
    rows = {model: _rows(work, model, application_id) for model in _BOUND}
    for found in rows.values():
        for row in found:
            row.update({name: new for name in _PEOPLE if row.get(name) == old})
    hands: dict[UUID, dict[str, Any]] = {}
    for hand in rows[ReliefHand]:
        other = hands.setdefault(hand["person_id"], hand)
        if other["side"] != hand["side"]:
            return False
    if any(paid["paid_by"] == paid["approved_by"] for paid in rows[Disbursement]):
        return False
    for model in reversed(_BOUND):
        work.session.execute(
            delete(model).where(model.application_id == application_id),
            execution_options={"synchronize_session": False},
        )
    application = ReliefApplication.__table__
    for name in ("person_id", "drafted_by"):
        column = application.c[name]
        work.session.execute(
            update(application).where(application.c.id == application_id, column == old).values({name: new})
        )
    for model in _BOUND:
        written = list(hands.values()) if model is ReliefHand else rows[model]
        if written:
            work.session.execute(insert(model.__table__), written)
    return True


def _rows(work: UnitOfWork, model: Any, application_id: UUID) -> Sequence[dict[str, Any]]:
    table = model.__table__
    query = select(table).where(table.c.application_id == application_id).order_by(*table.primary_key.columns)
    if table.info.get("walled"):
        query = visible(query, work.actor)
    return [dict(row._mapping) for row in work.session.execute(query)]

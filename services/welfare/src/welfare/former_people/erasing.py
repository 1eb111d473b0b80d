"""Erasing a person from the cases: what was said and found goes, what was paid stays, under an id that names nobody."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from shared.database import UnitOfWork
from welfare.confidential.models import CaseText
from welfare.disputes.models import Dispute, DisputeParty, MediationSession
from welfare.lookups import HouseholdMember, Person
from welfare.relief.models import ReliefApplication, ReliefVisit
from welfare.talks.models import Talk
from welfare.wall import visible

_OPEN_RELIEF = ("submitted", "visited", "approved")
_OPEN_TALKS = ("requested", "unplaced", "scheduled")


def erase(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Remove the name, the place in a household, and every text of their cases.

    A dispute's texts go with the first of its parties: they tell of both. Amounts, days, states and the ledger stay.
    """
    talks = _ids(work, select(Talk.id).where(Talk.person_id == person_id))
    applications = _ids(work, select(ReliefApplication.id).where(ReliefApplication.person_id == person_id))
    disputes = work.session.scalars(select(DisputeParty.dispute_id).where(DisputeParty.person_id == person_id)).all()
    visits = work.session.scalars(select(ReliefVisit.id).where(ReliefVisit.application_id.in_(applications))).all()
    sessions = work.session.scalars(select(MediationSession.id).where(MediationSession.dispute_id.in_(disputes))).all()
    cases: Mapping[str, Iterable[UUID]] = {
        "talks": talks,
        "relief_applications": applications,
        "relief_visits": visits,
        "disputes": disputes,
        "mediation_sessions": sessions,
    }
    texts = sum(_forget(work, kind, list(ids)) for kind, ids in cases.items())
    names = _deleted(work, delete(Person).where(Person.id == person_id))
    _deleted(work, delete(HouseholdMember).where(HouseholdMember.person_id == person_id))
    return {"texts": texts, "names": names, "cases": len(talks) + len(applications) + len(disputes)}


def still_open(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Whether anything is still going on; not what, and not how much of it."""
    talk = select(Talk.id).where(Talk.person_id == person_id, Talk.state.in_(_OPEN_TALKS), Talk.ends_at > work.now)
    relief = select(ReliefApplication.id).where(
        ReliefApplication.person_id == person_id, ReliefApplication.state.in_(_OPEN_RELIEF)
    )
    dispute = (
        select(Dispute.id)
        .join(DisputeParty, DisputeParty.dispute_id == Dispute.id)
        .where(DisputeParty.person_id == person_id, Dispute.state == "open")
    )
    going_on = any(_ids(work, query.limit(1)) for query in (talk, relief, dispute))
    return {"matters": 1} if going_on else {}


def _ids(work: UnitOfWork, query: Any) -> list[UUID]:
    return list(work.session.scalars(visible(query, work.actor)))


def _forget(work: UnitOfWork, kind: str, case_ids: list[UUID]) -> int:
    return _deleted(work, delete(CaseText).where(CaseText.kind == kind, CaseText.case_id.in_(case_ids)))


def _deleted(work: UnitOfWork, statement: Any) -> int:
    gone: Any = work.session.execute(statement, execution_options={"synchronize_session": False})
    return int(gone.rowcount)

"""Reading visits and findings. They are the Party office's own: for anybody else there are none."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from membership.guidance.models import GuidanceFinding, GuidanceVisit
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("guidance visit")


def get_visit(session: Session, visit_id: UUID, reader: Principal | None = None) -> GuidanceVisit:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(GuidanceVisit, visit_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def get_finding(session: Session, finding_id: UUID, reader: Principal | None = None) -> GuidanceFinding:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(GuidanceFinding, finding_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(N_("finding"))
    return found


def selection(*, organisation_id: UUID | None = None) -> Select[Any]:
    query = select(GuidanceVisit)
    return query if organisation_id is None else query.where(GuidanceVisit.organisation_id == organisation_id)


def visits_of(session: Session, organisation_id: UUID, limit: int = 5) -> Sequence[GuidanceVisit]:
    """The latest visits to a branch, the newest first."""
    query = selection(organisation_id=organisation_id).order_by(GuidanceVisit.visited_on.desc(), GuidanceVisit.id)
    return session.scalars(query.limit(limit)).all()


def open_findings(session: Session, until: date | None = None, limit: int | None = 50) -> Sequence[GuidanceFinding]:
    """What is still to be done, up to a day where one is given; the most urgent first."""
    query = select(GuidanceFinding).where(GuidanceFinding.done_on.is_(None))
    if until is not None:
        query = query.where(GuidanceFinding.due_on <= until)
    return session.scalars(query.order_by(GuidanceFinding.due_on, GuidanceFinding.id).limit(limit)).all()


def open_findings_of(session: Session, organisation_id: UUID) -> int:
    """How many findings of a branch wait to be followed up."""
    query = (
        select(func.count(GuidanceFinding.id))
        .join(GuidanceVisit, GuidanceVisit.id == GuidanceFinding.visit_id)
        .where(GuidanceVisit.organisation_id == organisation_id, GuidanceFinding.done_on.is_(None))
    )
    return session.scalar(query) or 0

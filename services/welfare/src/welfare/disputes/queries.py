"""Reading disputes, always through the wall."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.principal import SYSTEM, Principal
from welfare import wall
from welfare.disputes.commands import neutral
from welfare.disputes.models import Dispute, DisputeParty
from welfare.lookups import Person


def list_disputes(
    principal: Principal,
    *,
    body: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    person_id: UUID | None = None,
    words: str | None = None,
) -> Select[tuple[Dispute]]:
    """The disputes that fit all of the filters given."""
    query = wall.visible(select(Dispute), principal)
    if body:
        query = query.where(Dispute.body == body)
    if state:
        query = query.where(Dispute.state == state)
    if kind:
        query = query.where(Dispute.kind == kind)
    if person_id:
        query = query.where(Dispute.id.in_(_of_people([person_id])))
    if words and words.strip():
        named = select(Person.id).where(Person.name.contains(words.strip(), autoescape=True))
        query = query.where(Dispute.id.in_(_of_people(named)))
    return query


def find_dispute(session: Session, dispute_id: UUID, principal: Principal) -> Dispute:
    """NotFound where there is none that the principal may know of."""
    return wall.find(session, Dispute, dispute_id, principal)


def count_closed(session: Session, principal: Principal, state: str, first: date, last: date) -> Mapping[str, int]:
    """How many disputes ended as ``settled`` or ``unsettled`` from the first to the last day, by body."""
    query = wall.visible(select(Dispute.body, func.count()).group_by(Dispute.body), principal)
    query = query.where(Dispute.state == state, Dispute.closed_on >= first, Dispute.closed_on <= last)
    return {row[0]: row[1] for row in session.execute(query)}


def count_open(session: Session, principal: Principal) -> int:
    query = wall.visible(select(func.count()).select_from(Dispute), principal)
    return int(session.scalar(query.where(Dispute.state == "open")) or 0)


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Disputes for consumers that ask for them, without their matter."""
    query = wall.visible(select(Dispute), SYSTEM).order_by(Dispute.id).limit(limit)
    if after is not None:
        query = query.where(Dispute.id > after)
    if only is not None:
        query = query.where(Dispute.id == only)
    return [(one.id, {**neutral(one), "state": one.state}) for one in session.scalars(query)]


def _of_people(people: Any) -> Select[tuple[UUID]]:
    return select(DisputeParty.dispute_id).where(DisputeParty.person_id.in_(people))

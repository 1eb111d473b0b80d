"""Reading joint branches: what a branch is made of, and where a unit belongs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.joint_branches.models import JoinedUnit
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("joint branch")


def get_joined(session: Session, joined_id: UUID, reader: Principal | None = None) -> JoinedUnit:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(JoinedUnit, joined_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def units_of(session: Session, branch_id: UUID) -> Sequence[JoinedUnit]:
    """Which units share a branch now, since the longest first."""
    query = select(JoinedUnit).where(JoinedUnit.branch_id == branch_id, JoinedUnit.end_on.is_(None))
    return session.scalars(query.order_by(JoinedUnit.start_on, JoinedUnit.id)).all()


def joined_by(session: Session, unit_id: UUID) -> JoinedUnit | None:
    """The branch that a unit shares now."""
    return session.scalars(
        select(JoinedUnit).where(JoinedUnit.unit_id == unit_id, JoinedUnit.end_on.is_(None))
    ).one_or_none()


def open_unit_ids(session: Session) -> frozenset[UUID]:
    """Every unit that shares a branch now."""
    return frozenset(session.scalars(select(JoinedUnit.unit_id).where(JoinedUnit.end_on.is_(None))))


def joinable_units(session: Session) -> Sequence[Organisation]:
    """Active organisations of the kinds that may share a branch and do not yet, by code."""
    wanted = {code for kind in kinds().by_code.values() for code in kind.joined_by}
    query = select(Organisation).where(
        Organisation.active, Organisation.kind.in_(wanted), Organisation.id.not_in(open_unit_ids(session))
    )
    return session.scalars(query.order_by(Organisation.code)).all()

"""Reading appraisals. They are the Party office's own: for anybody else there are none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.appraisals.models import Appraisal
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("appraisal")
ROLES = ("member", "probationary-member")


def get_appraisal(session: Session, appraisal_id: UUID, reader: Principal | None = None) -> Appraisal:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(Appraisal, appraisal_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def selection(*, organisation_id: UUID | None = None, year: int | None = None) -> Select[Any]:
    query = select(Appraisal)
    if organisation_id is not None:
        query = query.where(Appraisal.organisation_id == organisation_id)
    return query if year is None else query.where(Appraisal.year == year)


def roll_on(session: Session, organisation_id: UUID, day: date) -> Mapping[UUID, str]:
    """Who takes part in the branch on that day, and as what; who was taken in as a full member counts as one."""
    query = select(Membership.person_id, Membership.role).where(
        Membership.organisation_id == organisation_id, Membership.role.in_(ROLES), holds_on(day)
    )
    found: dict[UUID, str] = {}
    for person_id, role in session.execute(query):
        found[person_id] = "member" if "member" in (role, found.get(person_id)) else role
    return found


def counts(appraisal: Appraisal) -> Mapping[str | None, int]:
    """How many full members have which grade; None: none yet."""
    return Counter(one.grade for one in appraisal.grades if one.role == "member")


def by_name(appraisal: Appraisal) -> Sequence[Any]:
    """The roll: full members first, each by name."""
    return sorted(appraisal.grades, key=lambda one: (one.role != "member", one.person.name, str(one.person_id)))

"""Who sees all of a record: the bodies in which the person holds a role, and those that borrowed the person.

Everybody else sees a projection: the name, where the person belongs, and whether the person can be reached. Somebody
who belongs to no body belongs to the centre, and is everybody's.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.add_requests.models import AddRequest
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from shared.database import UnitOfWork
from shared.principal import Principal
from shared.refusal import Refused
from shared.texts import N_

_CHUNK = 500


def owners(session: Session, people: Iterable[UUID], today: date) -> Mapping[UUID, set[str]]:
    """The bodies in which each of the people holds a role today."""
    found: dict[UUID, set[str]] = {}
    for part in _chunks(people):
        query = select(Membership.person_id, Membership.body).where(
            Membership.person_id.in_(part), Membership.body.is_not(None), holds_on(today)
        )
        for person_id, body in session.execute(query.distinct()):
            found.setdefault(person_id, set()).add(body)
    return found


def whole(session: Session, principal: Principal, people: Iterable[UUID], today: date) -> set[UUID]:
    """Those of the people whose whole record this principal sees."""
    ids = list(dict.fromkeys(people))
    mine = principal.bodies("viewer")
    if principal.kind == "system" or len(mine) == 4:
        return set(ids)
    held = owners(session, ids, today)
    seen = {one for one in ids if one not in held or held[one].intersection(mine)}
    for part in _chunks(one for one in ids if one not in seen):
        query = select(AddRequest.person_id).where(
            AddRequest.person_id.in_(part),
            AddRequest.state == "accepted",
            AddRequest.until >= today,
            AddRequest.body.in_(mine),
        )
        seen.update(session.scalars(query))
    return seen


def sees_whole(session: Session, principal: Principal, person_id: UUID, today: date) -> bool:
    return person_id in whole(session, principal, [person_id], today)


def demand_whole(work: UnitOfWork, person_id: UUID, today: date) -> None:
    """Refused (403) for who sees the projection alone."""
    if not sees_whole(work.session, work.actor, person_id, today):
        text = N_("This person belongs to another body. Ask that body to share the record.")
        raise Refused("projection-only", text, status=403)


def _chunks(people: Iterable[UUID]) -> list[list[UUID]]:
    ids = list(people)
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]

"""Who sees all of a record: the bodies in which the person holds a role, and those that borrowed the person.

Everybody else sees a projection: the name, where the person belongs, and whether the person can be reached. Somebody
who belongs to no body belongs to the centre, and is everybody's. A role that tells a stage of the way into the Party
makes nobody another body's: whoever holds such a role alone looks to the others as if there were none.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.add_requests.models import AddRequest
from membership.add_requests.whole import lent_to, sees_every_body
from membership.add_requests.whole import seen_whole as seen_whole
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.memberships.rules import STAGE_ROLES
from membership.memberships.visibility import told
from shared.database import UnitOfWork
from shared.principal import Principal
from shared.refusal import Refused
from shared.texts import N_

PROJECTION_ONLY = N_("This person belongs to another body. Ask that body to share the record.")
_CHUNK = 500


def owners(session: Session, reader: Principal, people: Iterable[UUID], today: date) -> Mapping[UUID, set[str]]:
    """The bodies in which each of the people holds a role today, as far as the reader may know."""
    found: dict[UUID, set[str]] = {}
    for part in _chunks(people):
        query = select(Membership.person_id, Membership.body).where(
            Membership.person_id.in_(part), Membership.body.is_not(None), holds_on(today), told(reader, today)
        )
        for person_id, body in session.execute(query.distinct()):
            found.setdefault(person_id, set()).add(body)
    return found


def whole(session: Session, principal: Principal, people: Iterable[UUID], today: date) -> set[UUID]:
    """Those of the people whose whole record this principal sees."""
    ids = list(dict.fromkeys(people))
    if not ids:
        return set()
    mine = principal.bodies("viewer")
    if sees_every_body(principal):
        return set(ids)
    held: dict[UUID, set[str]] = {}
    for part in _chunks(ids):
        holding = select(Membership.person_id, Membership.body, Membership.role).where(
            Membership.person_id.in_(part), Membership.body.is_not(None), holds_on(today)
        )
        for person_id, body, role in session.execute(holding):
            if body in mine or role not in STAGE_ROLES:
                held.setdefault(person_id, set()).add(body)
    seen = {one for one in ids if one not in held or held[one].intersection(mine)}
    for part in _chunks(one for one in ids if one not in seen):
        query = select(AddRequest.person_id).where(AddRequest.person_id.in_(part), lent_to(mine, today))
        seen.update(session.scalars(query))
    return seen


def sees_whole(session: Session, principal: Principal, person_id: UUID, today: date) -> bool:
    return person_id in whole(session, principal, [person_id], today)


def demand_whole(work: UnitOfWork, person_id: UUID, today: date) -> None:
    """Refused (403) for who sees the projection alone."""
    if not sees_whole(work.session, work.actor, person_id, today):
        raise Refused("projection-only", PROJECTION_ONLY, status=403)


def _chunks(people: Iterable[UUID]) -> list[list[UUID]]:
    ids = list(people)
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]

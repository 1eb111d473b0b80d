"""Reading add-requests. They are shown to the two bodies that they concern."""

from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from membership.add_requests.models import AddRequest
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("add-request")


def selection(principal: Principal, *, state: str | None = None) -> Select[AddRequest]:
    """Those from or to the principal's bodies."""
    bodies = principal.bodies("viewer")
    query = select(AddRequest).where(or_(AddRequest.body.in_(bodies), AddRequest.owner.in_(bodies)))
    return query.where(AddRequest.state == state) if state else query


def get_add_request(session: Session, request_id: UUID, principal: Principal) -> AddRequest:
    """NotFound when there is none, or none between the principal's bodies."""
    found = session.scalars(selection(principal).where(AddRequest.id == request_id)).one_or_none()
    if found is None:
        raise NotFound(NOUN)
    return found


def to_answer(session: Session, principal: Principal) -> int:
    """How many wait for an officer of the principal's bodies."""
    query = select(func.count(AddRequest.id)).where(
        AddRequest.state == "requested", AddRequest.owner.in_(principal.bodies("officer"))
    )
    return session.scalar(query) or 0

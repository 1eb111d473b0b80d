"""Asking another body for a person, answering, and taking back. For officers of the body whose turn it is."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from membership.add_requests.models import AddRequest
from membership.add_requests.queries import NOUN
from membership.add_requests.visibility import owners
from membership.duplicates.commands import checked_reason
from membership.people.former import living
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import BODIES
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.runtime import Runtime
from shared.texts import N_

ANSWERED_WITHIN = timedelta(days=14)
LONGEST = timedelta(days=366)
BATCH = 200


def request_person(
    work: UnitOfWork, person_id: UUID, *, body: str, owner: str, reason: str, until: date, centre: Centre
) -> AddRequest:
    """Ask the owner for the whole record of a person, until a day. Refused with every broken rule."""
    work.actor.demand("officer", body)
    living(work, person_id)
    reason = checked_reason(reason)
    today = centre.today(work.now)
    held = owners(work.session, work.actor, [person_id], today).get(person_id, set())
    reasons = []
    if owner not in held or owner not in BODIES:
        reasons.append(Reason("not-the-owner", N_("The person holds no role in that body."), "owner"))
    if body in held:
        reasons.append(Reason("owns-already", N_("The person belongs to your body already."), "body"))
    if not today < until <= today + LONGEST:
        reasons.append(Reason("until", N_("The last day lies ahead, within a year."), "until"))
    if reasons:
        raise Refused.many(reasons)
    request = AddRequest(
        id=new_id(),
        person_id=person_id,
        body=body,
        owner=owner,
        state="requested",
        reason=reason,
        until=until,
        answer_by=today + ANSWERED_WITHIN,
        requested_by=work.actor.name[:120],
        requested_at=work.now,
        version=1,
    )
    with refused_by(work.session, _LIVE):
        work.session.add(request)
    work.audit("add-requested", f"person/{person_id}", body=body, owner=owner)
    return request


def accept(work: UnitOfWork, request_id: UUID, *, version: int, centre: Centre) -> AddRequest:
    """The owner shares the record until the day that was asked for."""
    request = _locked(work, request_id, version, "requested", side="owner")
    living(work, request.person_id)
    today = centre.today(work.now)
    if request.answer_by < today or request.until < today:
        raise Refused("too-late", N_("This request has run out. Let the other body ask again."))
    return _decide(work, request, "accepted", None)


def decline(work: UnitOfWork, request_id: UUID, note: str, *, version: int) -> AddRequest:
    """The owner does not share the record, and says why."""
    note = checked_reason(note)
    return _decide(work, _locked(work, request_id, version, "requested", side="owner"), "declined", note)


def revoke(work: UnitOfWork, request_id: UUID, note: str, *, version: int) -> AddRequest:
    """The owner shares the record no more, at once, and says why."""
    note = checked_reason(note)
    return _decide(work, _locked(work, request_id, version, "accepted", side="owner"), "revoked", note)


def withdraw(work: UnitOfWork, request_id: UUID, *, version: int) -> AddRequest:
    """Who asked needs it no more."""
    return _decide(work, _locked(work, request_id, version, "requested", side="body"), "withdrawn", None)


def expire(runtime: Runtime) -> int:
    """Close what nobody answered in time and what has run out. Safe to repeat."""
    today = Centre.of(runtime.settings).today(runtime.clock())
    over = or_(
        (AddRequest.state == "requested") & ((AddRequest.answer_by < today) | (AddRequest.until < today)),
        (AddRequest.state == "accepted") & (AddRequest.until < today),
    )
    with runtime.reading() as session:
        if session.execute(select(AddRequest.id).where(over).limit(1)).first() is None:
            return 0
    with runtime.unit_of_work() as work:
        found = work.session.scalars(
            select(AddRequest).where(over).order_by(AddRequest.id).limit(BATCH).with_for_update(skip_locked=True)
        ).all()
        for request in found:
            request.state, request.decided_at = "expired", request.decided_at or work.now
            request.version += 1
    return len(found)


def _locked(work: UnitOfWork, request_id: UUID, version: int, state: str, *, side: str) -> AddRequest:
    """NotFound for who stands on neither side; Forbidden for who is no officer of the side whose turn it is."""
    request: AddRequest | None = work.lock(AddRequest, request_id)
    sides = () if request is None else (request.body, request.owner)
    if request is None or not any(work.actor.allows("viewer", one) for one in sides):
        raise NotFound(NOUN)
    work.actor.demand("officer", getattr(request, side))
    if request.state != state:
        raise Refused("decided-already", N_("This request was decided already."))
    if request.version != version:
        raise Stale(request.version)
    return request


def _decide(work: UnitOfWork, request: AddRequest, state: str, note: str | None) -> AddRequest:
    request.state, request.note = state, note
    request.decided_by, request.decided_at = work.actor.name[:120], work.now
    request.version += 1
    work.session.flush()
    work.audit(f"add-{state}", f"person/{request.person_id}", body=request.body, owner=request.owner)
    return request


_REASON = Reason("asked-already", N_("This body has asked for the person already, or sees the record."))
_LIVE = {
    "uq_add_requests_live": _REASON,
    "add_requests.person_id, add_requests.body, add_requests.owner": _REASON,
    "add_requests.person_id": _REASON,
}

"""Closing a resource for a time, and opening it again early."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from facilities import published
from facilities.bookings.events import record_ended
from facilities.occupancy.ledger import lock, lock_rows, write
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Item as _Item
from facilities.occupancy.rules import Taken, Window, broken_window_rules, facts_of, free_units
from facilities.resources.models import Resource
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused
from shared.texts import N_


@dataclass(frozen=True)
class NewClosure:
    """``quantity`` None closes all of a pool. ``cancel_bookings`` gives up this desk's own bookings in the way."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str
    quantity: int | None = None
    cancel_bookings: bool = False
    id: UUID | None = None


def close_resource(work: UnitOfWork, new: NewClosure) -> Occupancy:
    """Take a resource, or some units, out of use. Refused when promises stand in the way.

    What another service holds is never cancelled here: that service has to give it up or move it first.
    """
    work.actor.demand("manager")
    resource = lock(work.session, [new.resource_id]).get(new.resource_id)
    if resource is None:
        raise NotFound("resource")
    window = Window(new.starts_at, new.ends_at)
    quantity = new.quantity or resource.quantity
    reasons = broken_window_rules(window, work.now) + _broken_input(resource, new, quantity)
    if reasons:
        raise Refused.many(reasons)
    in_the_way = lock_rows(
        work.session,
        Occupancy.resource_id == resource.id,
        Occupancy.live,
        Occupancy.blocked_until > window.starts_at,
        Occupancy.blocked_from < window.ends_at,
    )
    displaced = _displaced(work, resource, window, quantity, in_the_way, new.cancel_bookings)
    for row in displaced:
        row.become("cancelled", work.now)
        row.reason = new.reason
    write(work.session)
    closure = Occupancy(
        id=new.id or new_id(),
        kind="closure",
        state="confirmed",
        live=True,
        quantity=quantity,
        confidential=False,
        title=None,
        reason=new.reason,
        group_id=new.id or new_id(),
        made_by=work.actor.key,
        made_at=work.now,
        version=1,
    )
    closure.take(resource, window)
    write(work.session, [closure])
    for row in displaced:
        record_ended(work, published.booking_cancelled, row)
    work.record(published.resource_closed, resource.id, _data(closure))
    work.audit("resource.closed", f"resource/{resource.id}", closure=str(closure.id), displaced=len(displaced))
    return closure


def reopen_resource(work: UnitOfWork, closure_id: UUID) -> Occupancy:
    """Lift a closure. Refused when it was lifted or has ended already."""
    work.actor.demand("manager")
    found = work.session.get(Occupancy, closure_id)
    if found is None or found.kind != "closure":
        raise NotFound("closure")
    lock(work.session, [found.resource_id])
    [closure] = lock_rows(work.session, Occupancy.id == closure_id)
    if not closure.live or closure.ends_at <= work.now:
        raise Refused("closure-over", N_("This closure is over already."))
    closure.become("released", work.now)
    write(work.session)
    work.record(published.resource_reopened, closure.resource_id, _data(closure))
    work.audit("resource.reopened", f"resource/{closure.resource_id}", closure=str(closure.id))
    return closure


def bookings_in_the_way(taken: Sequence[Taken], resource: Resource, window: Window, quantity: int) -> bool:
    """Whether so many units cannot be taken out of use during the window."""
    place = replace(resource.place, minutes_before=0, minutes_after=0)
    return free_units(place, taken, window) < quantity


def _displaced(
    work: UnitOfWork,
    resource: Resource,
    window: Window,
    quantity: int,
    rows: Sequence[Occupancy],
    cancel: bool,
) -> list[Occupancy]:
    """The bookings that give way; Refused when they may not. The latest booked give way first."""
    if not bookings_in_the_way([row.taken for row in rows], resource, window, quantity):
        return []
    own = sorted(
        (row for row in rows if row.kind == "booking" and row.hold_id is None), key=lambda row: row.id, reverse=True
    )
    if cancel:
        displaced: list[Occupancy] = []
        for row in own:
            displaced.append(row)
            rest = [one.taken for one in rows if one not in displaced]
            if not bookings_in_the_way(rest, resource, window, quantity):
                return displaced
    facts = facts_of(_Item(resource.place, window))
    elsewhere = len([row for row in rows if row.hold_id is not None])
    closed = len([row for row in rows if row.kind == "closure"])
    reasons = []
    if own and not cancel:
        reasons.append(
            Reason(
                "booked",
                N_("%(count)s bookings stand in the way. Move them, or let them be cancelled."),
                "cancel_bookings",
                {**facts, "count": len(own)},
            )
        )
    if elsewhere:
        reasons.append(
            Reason(
                "held-elsewhere",
                N_("%(count)s places belong to activities or talks. They have to be moved there first."),
                "starts_at",
                {**facts, "count": elsewhere},
            )
        )
    if closed:
        reasons.append(Reason("closed-already", N_("%(resource)s is closed at that time already."), "starts_at", facts))
    raise Refused.many(reasons, status=409)


def _broken_input(resource: Resource, new: NewClosure, quantity: int) -> list[Reason]:
    reasons = []
    if not 1 <= quantity <= resource.quantity:
        facts = {"available": resource.quantity}
        reasons.append(Reason("quantity-wrong", N_("There are %(available)s units of it."), "quantity", facts))
    if not new.reason.strip():
        reasons.append(Reason("reason-missing", N_("Say why."), "reason"))
    return reasons


def _data(closure: Occupancy) -> dict[str, object]:
    return {
        "closure_id": closure.id,
        "resource_id": closure.resource_id,
        "code": closure.resource.code,
        "name_zh": closure.resource.name_zh,
        "name_en": closure.resource.name_en,
        "starts_at": closure.starts_at,
        "ends_at": closure.ends_at,
        "quantity": closure.quantity,
        "reason": closure.reason,
    }

"""Making, moving and ending bookings. Whatever was booked together is moved and cancelled together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from facilities import published
from facilities.availability.queries import nearest
from facilities.bookings.events import booking_data, record_ended
from facilities.bookings.rules import broken_booking_rules, broken_people
from facilities.occupancy.ledger import lock, lock_rows, taken_between, write
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Item, Window, broken_rules, broken_window_rules
from facilities.resources.models import Resource
from shared.database import UnitOfWork
from shared.events.declaration import EventType
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

_CONFLICTS = ("slot-taken", "not-enough-units", "resource-closed", "resource-inactive")


@dataclass(frozen=True)
class Wish:
    """A resource by its id or code, and how many units of it."""

    resource: UUID | str
    quantity: int = 1


@dataclass(frozen=True)
class NewBooking:
    """What is to be booked, all of it or nothing. ``id`` is set by loaders that must come to the same result twice."""

    wishes: Sequence[Wish]
    starts_at: datetime
    ends_at: datetime
    body: str
    title: str | None = None
    title_en: str | None = None
    person_id: UUID | None = None
    people: int | None = None
    confidential: bool = False
    id: UUID | None = None

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at)


def book(work: UnitOfWork, new: NewBooking) -> Occupancy:
    """Book every item or none; returns the row of the first one.

    The row is ``requested`` where a resource is given by approval and the actor may not approve; it keeps its place
    until somebody decides. Refused names every broken rule, with the nearest alternatives in the facts of the first.
    """
    work.actor.demand("officer", new.body)
    resources = _find(work, [wish.resource for wish in new.wishes])
    locked = lock(work.session, [resource.id for resource in resources])
    items = [
        Item(locked[resource.id].place, new.window, wish.quantity)
        for resource, wish in zip(resources, new.wishes, strict=True)
    ]
    reasons = broken_booking_rules(items, title=new.title, people=new.people)
    _check(work, items, extra=reasons, people=new.people)
    approval = any(locked[one.id].needs_approval for one in resources) and not work.actor.allows("manager", new.body)
    confidential = new.confidential or any(item.place.confidential for item in items)
    group = new.id or new_id()
    rows = []
    for number, item in enumerate(items):
        row = Occupancy(
            id=group if number == 0 else new_id(),
            kind="booking",
            state="requested" if approval else "confirmed",
            live=True,
            quantity=item.quantity,
            confidential=confidential,
            title=None if confidential else new.title,
            title_en=None if confidential else new.title_en,
            person_id=None if confidential else new.person_id,
            body=new.body,
            people=new.people,
            group_id=group,
            made_by=work.actor.key,
            made_at=work.now,
            version=1,
        )
        row.take(locked[item.place.id], new.window)
        rows.append(row)
    write(work.session, rows)
    for row in rows:
        work.record(published.booking_requested if approval else published.booking_confirmed, row.id, booking_data(row))
    work.audit("booking.requested" if approval else "booking.made", f"booking/{rows[0].id}", items=len(rows))
    return rows[0]


@dataclass(frozen=True)
class Move:
    """Where a booking is to go. ``resource`` changes this row's alone; the time changes for all booked together."""

    starts_at: datetime
    ends_at: datetime
    resource: UUID | str | None = None
    version: int | None = None


def move(work: UnitOfWork, booking_id: UUID, to: Move) -> Occupancy:
    """Give a booking another time or place; it keeps the old one when a rule stands in the way."""
    target = _find(work, [to.resource])[0] if to.resource is not None else None
    row, group = _lock_group(work, booking_id, also=[target.id] if target else [])
    _check_own(work, row, to.version)
    if target is not None and target.exclusive != row.exclusive:
        raise Refused("another-kind", N_("A room can only be exchanged for a room."), field="resource", status=422)
    window = Window(to.starts_at, to.ends_at)
    items = []
    for one in group:
        resource = target if target is not None and one.id == row.id else one.resource
        items.append(Item(resource.place, window, one.quantity))
    # A confidential room may be left for an open one only by booking anew: the row has nothing that may be shown.
    if target is not None and target.confidential != row.resource.confidential:
        raise Refused(
            "confidentiality-differs",
            N_("Book anew: one of the rooms is confidential and the other is not."),
            field="resource",
        )
    _check(work, items, without=[one.id for one in group], extra=broken_people(items, row.people), people=row.people)
    before = {
        one.id: {"was_resource_code": one.resource.code, "was_starts_at": one.starts_at, "was_ends_at": one.ends_at}
        for one in group
    }
    for one in group:
        one.take(target if target is not None and one.id == row.id else one.resource, window)
        one.version += 1
    write(work.session)
    for one in group:
        work.record(published.booking_moved, one.id, {**booking_data(one), **before[one.id]})
    work.audit("booking.moved", f"booking/{row.id}")
    return row


def cancel(work: UnitOfWork, booking_id: UUID, *, reason: str | None = None, version: int | None = None) -> Occupancy:
    """Give a booking up, with all that was booked together with it."""
    row, group = _lock_group(work, booking_id)
    _check_own(work, row, version)
    return _end(work, row, group, "cancelled", published.booking_cancelled, reason)


def approve(work: UnitOfWork, booking_id: UUID, *, version: int | None = None) -> Occupancy:
    """Confirm a requested booking. It was kept since it was asked for, so nothing can stand in its way."""
    row, group = _lock_group(work, booking_id)
    _check_request(work, row, version)
    for one in group:
        one.become("confirmed", work.now)
    write(work.session)
    for one in group:
        work.record(published.booking_confirmed, one.id, booking_data(one))
    work.audit("booking.approved", f"booking/{row.id}")
    return row


def refuse(work: UnitOfWork, booking_id: UUID, *, reason: str, version: int | None = None) -> Occupancy:
    """Decline a requested booking, with a reason for who asked."""
    if not reason.strip():
        raise Refused("reason-missing", N_("Say why."), field="reason", status=422)
    row, group = _lock_group(work, booking_id)
    _check_request(work, row, version)
    return _end(work, row, group, "refused", published.booking_refused, reason)


def _end(
    work: UnitOfWork, row: Occupancy, group: Sequence[Occupancy], state: str, event: EventType, reason: str | None
) -> Occupancy:
    for one in group:
        one.become(state, work.now)
        one.reason = reason
    write(work.session)
    for one in group:
        record_ended(work, event, one)
    work.audit(event.name, f"booking/{row.id}")
    return row


def _check(
    work: UnitOfWork,
    items: Sequence[Item],
    *,
    without: Iterable[UUID] = (),
    extra: Sequence[Reason] = (),
    people: int | None = None,
) -> None:
    """Refused with every broken rule; 409 when something stands in the way, 422 when only the input is wrong."""
    window_reasons = broken_window_rules(items[0].window, work.now) if items else []
    conflicts: list[Reason] = []
    if items and not any(reason.code == "ends-before-start" for reason in window_reasons):
        span = [item.place.blocked(item.window) for item in items]
        taken = taken_between(
            work.session,
            [item.place.id for item in items],
            min(window.starts_at for window in span),
            max(window.ends_at for window in span),
            without=without,
        )
        conflicts = broken_rules(items, taken)
    reasons = [*conflicts, *window_reasons, *extra]
    if not reasons:
        return
    if conflicts:
        near = nearest(work.session, items, work.now, without=without, people=people)
        facts = {**conflicts[0].facts, "alternatives": [one.as_facts() for one in near]}
        reasons[0] = replace(conflicts[0], facts=facts)
    conflict = any(reason.code in _CONFLICTS for reason in conflicts)
    raise Refused.many(reasons, status=409 if conflict else 422)


def _find(work: UnitOfWork, wanted: Sequence[UUID | str | None]) -> list[Resource]:
    """The resources by id or code, in the order asked for. Refused names every one that does not exist."""
    found: list[Resource] = []
    unknown: list[Reason] = []
    for key in wanted:
        column: Any = Resource.id if isinstance(key, UUID) else Resource.code
        resource = work.session.scalars(select(Resource).where(column == key)).one_or_none()
        if resource is None:
            facts = {"resource_code": str(key)}
            unknown.append(Reason("unknown-resource", N_("There is no resource %(resource_code)s."), "resource", facts))
        else:
            found.append(resource)
    if unknown:
        raise Refused.many(unknown)
    return found


def _lock_group(work: UnitOfWork, booking_id: UUID, also: Iterable[UUID] = ()) -> tuple[Occupancy, list[Occupancy]]:
    """A booking and the live rows booked together with it, resources locked first. NotFound when there is none."""
    found = work.session.get(Occupancy, booking_id)
    if found is None or found.kind == "closure":
        raise NotFound("booking")
    siblings = select(Occupancy.resource_id).where(Occupancy.group_id == found.group_id)
    locked = lock(work.session, [*work.session.scalars(siblings), *also])
    rows = lock_rows(work.session, Occupancy.group_id == found.group_id)
    [row] = [one for one in rows if one.id == booking_id]
    if not {one.resource_id for one in rows} <= set(locked):
        raise Stale(row.version)  # moved to another room between the two reads
    return row, [one for one in rows if one.live]


def _check_own(work: UnitOfWork, row: Occupancy, version: int | None) -> None:
    """Only live bookings of this desk, by an officer of the body that booked."""
    work.actor.demand("officer", row.body)
    if version is not None and version != row.version:
        raise Stale(row.version)
    if row.hold_id is not None:
        raise Refused("owned-elsewhere", N_("It was booked by another service; change it there."))
    if not row.live:
        raise Refused("booking-over", N_("This booking is no longer in force."))
    if row.ends_at <= work.now:
        raise Refused("booking-past", N_("This booking has passed already."))


def _check_request(work: UnitOfWork, row: Occupancy, version: int | None) -> None:
    work.actor.demand("manager", row.body)
    if version is not None and version != row.version:
        raise Stale(row.version)
    if row.state != "requested":
        raise Refused("not-requested", N_("This booking is not waiting for a decision."))

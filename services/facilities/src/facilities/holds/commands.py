"""Keeping places for another service: all that one request asks for, or nothing.

A request is known by (source, id, version). One that was seen before, or is older than one that was, changes nothing.
A newer one replaces the older one in the same transaction; when it must be refused, the older one stays as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from facilities import published
from facilities.availability.queries import nearest
from facilities.bookings.events import record_confirmed, record_ended
from facilities.holds.models import Hold
from facilities.holds.rules import KEPT, as_event, is_old, place_names
from facilities.occupancy.ledger import lock, lock_rows, taken_between, write
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Item, Window, broken_rules, broken_window_rules
from facilities.resources.models import Resource
from shared.database import UnitOfWork
from shared.events import rfc3339
from shared.identifiers import new_id
from shared.refusal import Reason
from shared.texts import N_


@dataclass(frozen=True)
class Need:
    """Units of one resource during one session."""

    resource_code: str
    window: Window
    quantity: int = 1


@dataclass(frozen=True)
class Request:
    """What another service asks for. ``source`` is its name, ``id`` and ``version`` are its own."""

    source: str
    id: UUID
    version: int
    needs: Sequence[Need]
    title: str | None = None
    title_en: str | None = None
    body: str | None = None
    confidential: bool = False


def request_hold(work: UnitOfWork, request: Request) -> Hold | None:
    """Hold everything that is asked for, or refuse it with all reasons; None when the request is an old one."""
    if is_old(request.version, _known_versions(work, request.source, request.id)):
        return None
    resources, reasons = _resources(work, request)
    old = _live(work, request.source, request.id)
    locked = lock(work.session, {one.id for one in resources.values()} | _resource_ids(work, old))
    if old is not None:
        work.session.refresh(old, with_for_update=True)
        old = old if old.state in ("held", "confirmed") else None
    old_rows = lock_rows(work.session, Occupancy.hold_id == old.id, Occupancy.live) if old else []
    items = [
        Item(locked[resources[need.resource_code].id].place, need.window, need.quantity)
        for need in request.needs
        if need.resource_code in resources
    ]
    without = [row.id for row in old_rows]
    reasons += _broken(work, items, without)
    hold = _new_hold(work, request, reasons)
    if reasons:
        work.session.add(hold)
        usable = [item for item in items if item.window.length.total_seconds() > 0]
        near = nearest(work.session, usable, work.now, without=without) if usable else []
        work.record(
            published.hold_refused,
            hold.id,
            {
                "hold_id": hold.id,
                "requested_by": hold.requested_by,
                "reasons": [as_event(reason) for reason in reasons],
                "alternatives": [one.as_facts() for one in near],
            },
        )
        return hold
    if old is not None:
        _end(work, old, old_rows, "replaced")
    work.session.add(hold)
    work.session.flush()
    rows = [_row(work, hold, item, locked[item.place.id]) for item in items]
    write(work.session, rows)
    _record_granted(work, hold, items, rows)
    return hold


def confirm_hold(work: UnitOfWork, source: str, request_id: UUID, version: int | None = None) -> None:
    """Turn what is held into bookings, which cannot expire. ``version`` None means the latest.

    A hold that expired a moment ago is taken again if its places are still free; when they are not, that is said by
    hold.refused.
    """
    hold = work.session.scalars(
        select(Hold)
        .where(
            Hold.source == source,
            Hold.request_id == request_id,
            Hold.state.in_(("held", "expired", "confirmed")),
            *([Hold.request_version == version] if version is not None else []),
        )
        .order_by(Hold.request_version.desc())
        .limit(1)
    ).one_or_none()
    if hold is None:
        return
    lock(work.session, _resource_ids(work, hold))
    work.session.refresh(hold, with_for_update=True)
    rows = lock_rows(work.session, Occupancy.hold_id == hold.id)
    if hold.state == "expired":
        reasons = _broken(work, [Item(row.resource.place, row.window, row.quantity) for row in rows], ())
        if reasons or _live(work, source, request_id) is not None:
            _record_lost(work, hold, reasons)
            return
    elif hold.state != "held":
        return
    hold.state, hold.expires_at, hold.ended_at = "confirmed", None, None
    for row in rows:
        row.kind, row.ended_at = "booking", None
        row.become("confirmed", work.now)
    write(work.session)
    for row in rows:
        record_confirmed(work, row)


def free_hold(work: UnitOfWork, source: str, request_id: UUID, version: int | None = None) -> None:
    """Give up what is held or booked for a request. A later version than the one named stays.

    The version is remembered as seen even when nothing was held, so that a request that arrives late finds itself old.
    """
    if version is not None and not is_old(version, _known_versions(work, source, request_id)):
        seen = _new_hold(work, Request(source, request_id, version, ()), ())
        seen.state, seen.expires_at, seen.ended_at = "cancelled", None, work.now
        work.session.add(seen)
    hold = _live(work, source, request_id)
    if hold is not None and (version is None or hold.request_version <= version):
        lock(work.session, _resource_ids(work, hold))
        work.session.refresh(hold, with_for_update=True)
        if hold.state in ("held", "confirmed"):
            _end(work, hold, lock_rows(work.session, Occupancy.hold_id == hold.id, Occupancy.live), "cancelled")


def expire_hold(work: UnitOfWork, hold_id: UUID) -> bool:
    """Free a hold whose time is over; False when it was confirmed or freed in the meantime."""
    hold = work.session.get(Hold, hold_id)
    if hold is None:
        return False
    lock(work.session, _resource_ids(work, hold))
    work.session.refresh(hold, with_for_update=True)
    if hold.state != "held" or hold.expires_at is None or hold.expires_at > work.now:
        return False
    _end(work, hold, lock_rows(work.session, Occupancy.hold_id == hold.id, Occupancy.live), "expired")
    return True


def _end(work: UnitOfWork, hold: Hold, rows: Sequence[Occupancy], state: str) -> None:
    """Free the rows of a hold and say so: hold.released, and booking.cancelled for what was confirmed."""
    confirmed = [row for row in rows if row.state == "confirmed"]
    hold.state, hold.expires_at, hold.ended_at = state, None, work.now
    row_state = {"expired": "expired", "cancelled": "cancelled", "replaced": "released"}[state]
    for row in rows:
        row.become("cancelled" if row in confirmed else row_state, work.now)
    write(work.session)
    work.record(
        published.hold_released,
        hold.id,
        {"hold_id": hold.id, "requested_by": hold.requested_by, "reason": state},
    )
    for row in confirmed:
        record_ended(work, published.booking_cancelled, row)


def _broken(work: UnitOfWork, items: Sequence[Item], without: Iterable[UUID]) -> list[Reason]:
    """Every rule that these items break, for each session's time and for each place."""
    windows = {item.window for item in items}
    reasons = [reason for window in sorted(windows) for reason in broken_window_rules(window, work.now)]
    usable = [item for item in items if item.window.starts_at < item.window.ends_at]
    if not usable:
        return reasons
    blocked = [item.place.blocked(item.window) for item in usable]
    taken = taken_between(
        work.session,
        [item.place.id for item in usable],
        min(window.starts_at for window in blocked),
        max(window.ends_at for window in blocked),
        without=without,
    )
    return broken_rules(usable, taken) + reasons


def _record_granted(work: UnitOfWork, hold: Hold, items: Sequence[Item], rows: Sequence[Occupancy]) -> None:
    place_zh, place_en = place_names(items)
    work.record(
        published.hold_granted,
        hold.id,
        {
            "hold_id": hold.id,
            "requested_by": hold.requested_by,
            "expires_at": hold.expires_at,
            "bookings": [
                {
                    "booking_id": row.id,
                    "resource_id": row.resource_id,
                    "resource_code": row.resource.code,
                    "starts_at": row.starts_at,
                    "ends_at": row.ends_at,
                    "quantity": row.quantity,
                }
                for row in rows
            ],
            "place_zh": place_zh,
            "place_en": place_en,
        },
    )


def _record_lost(work: UnitOfWork, hold: Hold, reasons: Sequence[Reason]) -> None:
    """The hold had expired and its places went to somebody else."""
    expired = Reason("hold-expired", N_("The places were kept until their time was over, and are taken now."))
    work.record(
        published.hold_refused,
        hold.id,
        {
            "hold_id": hold.id,
            "requested_by": hold.requested_by,
            "reasons": [as_event(reason) for reason in (expired, *reasons)],
            "alternatives": [],
        },
    )


def _resources(work: UnitOfWork, request: Request) -> tuple[dict[str, Resource], list[Reason]]:
    """The resources by code, and a reason for each code that does not exist."""
    codes = {need.resource_code for need in request.needs}
    found = {one.code: one for one in work.session.scalars(select(Resource).where(Resource.code.in_(codes)))}
    return found, [
        Reason(
            "unknown-resource",
            N_("There is no resource %(resource_code)s."),
            "resource",
            {
                "resource_code": need.resource_code,
                "starts_at": need.window.starts_at,
                "ends_at": need.window.ends_at,
            },
        )
        for need in request.needs
        if need.resource_code not in found
    ]


def _new_hold(work: UnitOfWork, request: Request, reasons: Sequence[Reason]) -> Hold:
    return Hold(
        id=new_id(),
        source=request.source,
        request_id=request.id,
        request_version=request.version,
        state="refused" if reasons else "held",
        expires_at=None if reasons else work.now + KEPT,
        confidential=request.confidential,
        title=None if request.confidential else request.title,
        title_en=None if request.confidential else request.title_en,
        body=request.body,
        reasons=[_stored(reason) for reason in reasons],
        made_at=work.now,
        ended_at=work.now if reasons else None,
    )


def _stored(reason: Reason) -> dict[str, Any]:
    said = as_event(reason)
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in said.items()}


def _row(work: UnitOfWork, hold: Hold, item: Item, resource: Resource) -> Occupancy:
    confidential = hold.confidential or resource.confidential
    row = Occupancy(
        id=new_id(),
        kind="hold",
        state="held",
        live=True,
        quantity=item.quantity,
        confidential=confidential,
        title=None if confidential else hold.title,
        title_en=None if confidential else hold.title_en,
        body=hold.body,
        group_id=hold.id,
        hold_id=hold.id,
        made_by=f"service:{hold.source}",
        made_at=work.now,
        version=1,
    )
    row.take(resource, item.window)
    return row


def _known_versions(work: UnitOfWork, source: str, request_id: UUID) -> list[int]:
    return list(
        work.session.scalars(select(Hold.request_version).where(Hold.source == source, Hold.request_id == request_id))
    )


def _live(work: UnitOfWork, source: str, request_id: UUID) -> Hold | None:
    return work.session.scalars(
        select(Hold).where(Hold.source == source, Hold.request_id == request_id, Hold.state.in_(("held", "confirmed")))
    ).one_or_none()


def _resource_ids(work: UnitOfWork, hold: Hold | None) -> set[UUID]:
    if hold is None:
        return set()
    return set(work.session.scalars(select(Occupancy.resource_id).where(Occupancy.hold_id == hold.id)))

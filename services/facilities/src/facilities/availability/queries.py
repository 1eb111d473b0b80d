"""Looking for what is free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.availability.rules import REACH, Alternative, alternatives, first_fit
from facilities.occupancy.ledger import taken_between
from facilities.occupancy.rules import Item, Window, free_units
from facilities.resources.models import Resource
from shared.refusal import Reason, Refused
from shared.texts import N_

_MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class FreeRoom:
    """A room that fits, and when: the whole stretch, or the first part of it that is long enough."""

    resource: Resource
    window: Window


@dataclass(frozen=True)
class FreePool:
    """How many units of a pool can be had during the whole stretch."""

    resource: Resource
    free: int


def nearest(
    session: Session, items: Sequence[Item], now: datetime, *, without: Iterable[UUID] = (), people: int | None = None
) -> list[Alternative]:
    """The nearest alternatives to wishes that cannot be granted."""
    resources = [one.place for one in session.scalars(select(Resource).where(Resource.active))]
    start = min(item.window.starts_at for item in items) - REACH - _MARGIN
    end = max(item.window.ends_at for item in items) + REACH + _MARGIN
    diary = taken_between(session, [place.id for place in resources], start, end, without=without)
    return alternatives(items, resources, diary, now, people)


def free_rooms(
    session: Session,
    *,
    within: Window,
    minutes: int | None = None,
    people: int | None = None,
    needs: Mapping[str, int] | None = None,
) -> list[FreeRoom]:
    """Rooms for so many people that are free for ``minutes`` within a stretch, together with units of pools.

    The smallest room that fits comes first. Raises Refused for a stretch that ends before it starts, is shorter than
    the minutes, or names an unknown pool.
    """
    check_search(within, minutes)
    length = timedelta(minutes=minutes) if minutes else within.length
    pools = pools_by_code(session, needs or {})
    rooms = list(
        session.scalars(
            select(Resource).where(Resource.exclusive, Resource.active).order_by(Resource.capacity, Resource.code)
        )
    )
    diary = taken_between(
        session,
        [one.id for one in (*rooms, *pools.values())],
        within.starts_at - _MARGIN,
        within.ends_at + _MARGIN,
    )
    wanted = Window(within.starts_at, within.starts_at + length)
    equipment = [Item(pools[code].place, wanted, quantity) for code, quantity in (needs or {}).items()]
    found = []
    for room in rooms:
        if people is not None and room.capacity is not None and room.capacity < people:
            continue
        window = first_fit([Item(room.place, wanted), *equipment], diary, within)
        if window is not None:
            found.append(FreeRoom(room, window))
    return found


def free_pools(session: Session, within: Window) -> list[FreePool]:
    """Every pool with what is free of it during the whole stretch."""
    pools = session.scalars(
        select(Resource).where(~Resource.exclusive, Resource.active).order_by(Resource.kind.desc(), Resource.code)
    ).all()
    diary = taken_between(session, [pool.id for pool in pools], within.starts_at - _MARGIN, within.ends_at + _MARGIN)
    return [FreePool(pool, free_units(pool.place, diary[pool.id], within)) for pool in pools]


def pools_by_code(session: Session, needs: Mapping[str, int]) -> dict[str, Resource]:
    """The pools that are named. Refused when a code is unknown or belongs to a room."""
    found = {
        pool.code: pool
        for pool in session.scalars(select(Resource).where(Resource.code.in_(list(needs)), ~Resource.exclusive))
    }
    unknown = [
        Reason("unknown-resource", N_("There is no resource %(resource_code)s."), "needs", {"resource_code": code})
        for code in needs
        if code not in found
    ]
    if unknown:
        raise Refused.many(unknown)
    return found


def check_search(within: Window, minutes: int | None) -> None:
    """Refused when nothing could ever fit."""
    reasons = []
    if within.ends_at <= within.starts_at:
        reasons.append(Reason("ends-before-start", N_("The end must be later than the start."), "ends_at"))
    elif within.length > timedelta(days=31):
        reasons.append(Reason("too-long", N_("Search at most 31 days at once."), "ends_at"))
    elif minutes is not None and timedelta(minutes=minutes) > within.length:
        reasons.append(Reason("too-short", N_("The stretch is shorter than the time that is needed."), "minutes"))
    if reasons:
        raise Refused.many(reasons)

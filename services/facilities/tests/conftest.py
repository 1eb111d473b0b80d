"""The service under test, with an activity room and a pool of ten sets."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from facilities.bookings.commands import NewBooking, Wish, book
from facilities.occupancy.models import Occupancy
from facilities.resources.commands import NewResource, add_resource
from facilities.resources.models import Resource
from facilities.service import SERVICE
from shared.runtime import Runtime
from shared.service import Service

Booker = Callable[..., Occupancy]


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def resource(runtime: Runtime) -> Callable[..., Resource]:
    """Adds a room, or a pool when a quantity is given."""

    def add(code: str, **more: object) -> Resource:
        values = {"kind": "equipment" if "quantity" in more else "room", "name_zh": code, "name_en": code, **more}
        with runtime.unit_of_work() as work:
            return add_resource(work, NewResource(code=code, **values))

    return add


@pytest.fixture
def room(resource: Callable[..., Resource]) -> Resource:
    """A room that needs a quarter of an hour after each use."""
    return resource("activity", name_zh="活动室", name_en="Activity room", capacity=80, minutes_after=15)


@pytest.fixture
def gear(resource: Callable[..., Resource]) -> Resource:
    return resource("gear", quantity=10)


@pytest.fixture
def at(runtime: Runtime) -> Callable[..., datetime]:
    """A time of tomorrow: ``at(9)``, ``at(9, 30)``; ``day=2`` for the day after."""

    def moment(hour: int, minute: int = 0, *, day: int = 1) -> datetime:
        now = runtime.clock()
        return now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=day)

    return moment


@pytest.fixture
def booked(runtime: Runtime) -> Booker:
    """Books something as the system, which may do everything."""

    def make(
        resource: Resource | str | list[Wish], starts_at: datetime, ends_at: datetime, quantity: int = 1, **more: object
    ) -> Occupancy:
        key: UUID | str = resource.id if isinstance(resource, Resource) else resource  # type: ignore[assignment]
        wishes = resource if isinstance(resource, list) else [Wish(key, quantity)]
        with runtime.unit_of_work() as work:
            return book(
                work,
                NewBooking(
                    wishes=wishes,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    **{"body": "party", "title": "Branch meeting", **more},  # type: ignore[arg-type]
                ),
            )

    return make

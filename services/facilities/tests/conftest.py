"""The service under test, with an activity room and a pool of ten sets."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from facilities.bookings.commands import NewBooking, Wish, book
from facilities.occupancy.models import Occupancy
from facilities.resources.commands import NewResource, add_resource
from facilities.resources.models import Resource
from facilities.roster.models import Shift
from facilities.roster.planning import ShiftPlan, plan_shift
from facilities.roster.roles import ROLES
from facilities.roster.team import set_member
from facilities.service import SERVICE
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.delivery import receive

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


@pytest.fixture
def member(runtime: Runtime) -> Callable[..., UUID]:
    """Registers somebody and takes them into the duty team."""

    def join(name: str = "值班员", roles: Sequence[str] = ("reception", "fire-safety"), **more: Any) -> UUID:
        person_id = new_id()
        receive(runtime, "membership", "person.registered", person_id, {"person_id": str(person_id), "name": name})
        with runtime.unit_of_work() as work:
            set_member(work, person_id, roles=roles, **more)
        return person_id

    return join


@pytest.fixture
def shift(runtime: Runtime) -> Callable[..., Shift]:
    """Plans a shift of the Party office; ``reception=2`` says whom it needs, else one person at the reception."""

    def plan(starts_at: datetime, ends_at: datetime, **more: Any) -> Shift:
        needs = {role: more.pop(role) for role in [*more] if role in ROLES} or {"reception": 1}
        values = {"title_zh": "晚间值班", "title_en": "Evening duty", **more}
        with runtime.unit_of_work() as work:
            return plan_shift(work, ShiftPlan(starts_at, ends_at, needs, **values))

    return plan

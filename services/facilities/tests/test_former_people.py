"""Bookings of somebody whose record was merged into another one or erased."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from facilities.occupancy.models import Occupancy
from facilities.people.models import Person
from facilities.resources.models import Resource
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded


@pytest.fixture
def member(runtime: Runtime) -> Callable[[str], UUID]:
    def make(name: str) -> UUID:
        person_id = new_id()
        receive(runtime, "membership", "person.registered", person_id, {"person_id": str(person_id), "name": name})
        return person_id

    return make


def tell(runtime: Runtime, name: str, person_id: UUID, **more: Any) -> None:
    said = {key: str(value) for key, value in more.items()}
    receive(runtime, "membership", name, person_id, {"person_id": str(person_id), **said})


def bookers(runtime: Runtime) -> list[tuple[UUID | None, str | None]]:
    with runtime.reading() as session:
        return [tuple(row) for row in session.execute(select(Occupancy.person_id, Occupancy.title))]


def test_a_chain_of_merges_ends_at_the_last_record_whichever_comes_first(
    runtime: Runtime,
    member: Callable[[str], UUID],
    booked: Callable[..., Occupancy],
    room: Resource,
    at: Callable[..., datetime],
) -> None:
    first, second, third = member("甲"), member("乙"), member("丙")
    booked(room, at(9), at(10), person_id=first)
    tell(runtime, "person.merged", second, into_id=third)
    tell(runtime, "person.merged", first, into_id=second)
    assert bookers(runtime) == [(third, "Branch meeting")]
    told = [(event.data["person_id"], event.data["into_id"]) for event in recorded(runtime, "merge.done")]
    assert told == [(str(second), str(third)), (str(first), str(third))]
    assert recorded(runtime, "merge.done")[1].data["counts"] == [{"what": "bookings", "count": 1}]


def test_an_erased_person_is_gone_for_late_events_and_for_what_is_merged_into_them(
    runtime: Runtime,
    member: Callable[[str], UUID],
    booked: Callable[..., Occupancy],
    room: Resource,
    at: Callable[..., datetime],
) -> None:
    first, second = member("甲"), member("乙")
    booked(room, at(9), at(10), person_id=first)
    tell(runtime, "person.erasure-requested", first, request_id=new_id())
    assert recorded(runtime, "erasure.checked")[0].data["still_open"] == [{"what": "bookings", "count": 1}]
    tell(runtime, "person.erased", second)
    tell(runtime, "person.merged", first, into_id=second)
    assert bookers(runtime) == [(second, None)]
    snapshot = {"person_id": str(second), "name": "乙", "sample": True}
    receive(runtime, "membership", "person.snapshot", second, snapshot, version=9)
    with runtime.reading() as session:
        assert session.scalars(select(Person)).all() == []

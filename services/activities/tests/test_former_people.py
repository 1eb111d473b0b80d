"""Registrations of somebody whose record was merged into another one or erased."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from activities.lookups import HouseholdMember, Person
from activities.registration.models import Registration
from activities.timers import TIMERS
from shared.database.tables import InboxRow
from shared.identifiers import new_id
from shared.testing.delivery import receive, recorded


def merge(desk: Any, old: UUID, into: UUID) -> None:
    data = {"person_id": str(old), "into_id": str(into)}
    receive(desk.runtime, "membership", "person.merged", old, data)


def states(desk: Any) -> dict[UUID, list[str]]:
    with desk.runtime.reading() as session:
        found: dict[UUID, list[str]] = {}
        for row in session.scalars(select(Registration).order_by(Registration.id)):
            found.setdefault(row.person_id, []).append(row.state)
        return found


def test_who_was_registered_twice_keeps_the_place_and_the_next_moves_up(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    old, into, next_one = desk.people(3)
    for one in (old, into, next_one):
        desk.register(activity.id, one)
    merge(desk, old, into)
    assert states(desk) == {into: ["confirmed", "cancelled"], next_one: ["confirmed"]}
    [ended] = recorded(desk.runtime, "registration.cancelled")
    assert ended.data["doubled"] is True
    [done] = recorded(desk.runtime, "merge.done")
    assert done.data["counts"] == [{"what": "registered-twice", "count": 1}, {"what": "registrations", "count": 1}]
    merge(desk, old, into)
    assert len(recorded(desk.runtime, "merge.done")) == 1


def test_a_household_that_comes_late_names_the_record_that_stands(desk: Any) -> None:
    old, into = desk.people(2)
    merge(desk, old, into)
    home = new_id()
    data = {"household_id": str(home), "member_ids": [str(old), str(into)]}
    receive(desk.runtime, "membership", "household.changed", home, data)
    with desk.runtime.reading() as session:
        assert session.scalars(select(HouseholdMember.person_id)).all() == [into]


def test_an_erased_person_gives_the_place_back_and_leaves_no_name(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    gone, waiting = desk.people(2)
    desk.register(activity.id, gone)
    desk.register(activity.id, waiting)
    receive(desk.runtime, "membership", "person.erased", gone, {"person_id": str(gone)})
    assert states(desk) == {gone: ["cancelled"], waiting: ["confirmed"]}
    with desk.runtime.reading() as session:
        assert session.scalars(select(Person.id)).all() == [waiting]
    late = {"person_id": str(gone), "name": "样本", "sample": True}
    receive(desk.runtime, "membership", "person.snapshot", gone, late, version=9)
    with desk.runtime.reading() as session:
        assert session.scalars(select(Person.id)).all() == [waiting]


def test_what_events_of_any_service_said_of_an_erased_person_is_forgotten_even_of_late_ones(desk: Any) -> None:
    gone, other = desk.people(2)

    def booked(person: UUID, title: str) -> UUID:
        about = {"booking_id": str(new_id()), "person_id": str(person), "title_zh": title, "reason": None}
        return receive(desk.runtime, "facilities", "booking.cancelled", new_id(), about).id

    def kept() -> dict[UUID, bool]:
        with desk.runtime.reading() as session:
            rows = session.scalars(select(InboxRow).where(InboxRow.type.contains("booking.")))
            return {row.event_id: row.body is not None for row in rows}

    before, of_another = booked(gone, "王小明的家长会"), booked(other, "例会")
    receive(desk.runtime, "membership", "person.erased", gone, {"person_id": str(gone)})
    assert kept() == {before: False, of_another: True}
    late = booked(gone, "王小明的家长会")
    assert kept() == {before: False, of_another: True, late: True}
    [sweep] = [timer for timer in TIMERS if timer.name == "finish merges and erasures"]
    sweep.run(desk.runtime)
    assert kept() == {before: False, of_another: True, late: False}

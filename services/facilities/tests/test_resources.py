"""Resources and closures: what is promised stays possible."""

from collections.abc import Callable
from datetime import datetime

import pytest

from facilities.bookings.queries import snapshots as booking_snapshots
from facilities.closures.commands import NewClosure, close_resource, reopen_resource
from facilities.occupancy.models import Occupancy
from facilities.published import booking_snapshot, resource_snapshot
from facilities.resources.commands import NewResource, add_resource, change_resource
from facilities.resources.models import Resource
from facilities.resources.queries import snapshots as resource_snapshots
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded

At = Callable[..., datetime]
Booker = Callable[..., Occupancy]


def refused_codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as raised:
        call()
    return [reason.code for reason in raised.value.reasons]


def change(runtime: Runtime, resource: Resource, **changes: object) -> Resource:
    with runtime.unit_of_work() as work:
        return change_resource(work, resource.id, changes)


def close(runtime: Runtime, resource: Resource, start: datetime, end: datetime, **more: object) -> Occupancy:
    with runtime.unit_of_work() as work:
        return close_resource(work, NewClosure(resource.id, start, end, "painting", **more))  # type: ignore[arg-type]


def test_a_new_resource_is_announced(runtime: Runtime, room: Resource) -> None:
    [event] = recorded(runtime, "resource.changed")
    assert (event.data["code"], event.data["kind"], event.data["capacity"]) == ("activity", "room", 80)


def test_all_that_is_wrong_with_a_resource_is_said_at_once(runtime: Runtime, room: Resource) -> None:
    def add() -> None:
        with runtime.unit_of_work() as work:
            add_resource(work, NewResource("Bad Code", "room", "", "", quantity=2, minutes_after=999, opening=[None]))

    assert refused_codes(add) == [
        "code-malformed",
        "name-missing",
        "one-room",
        "turnaround-wrong",
        "opening-malformed",
    ]

    def again() -> None:
        with runtime.unit_of_work() as work:
            add_resource(work, NewResource("activity", "room", "x", "x"))

    assert refused_codes(again) == ["code-taken"]


def test_a_pool_cannot_become_smaller_than_its_promises(
    runtime: Runtime, gear: Resource, booked: Booker, at: At
) -> None:
    booked(gear, at(9), at(11), 4)
    booked(gear, at(10), at(12), 3)
    assert refused_codes(lambda: change(runtime, gear, quantity=6)) == ["promised"]
    assert change(runtime, gear, quantity=7).quantity == 7


def test_a_room_cannot_become_smaller_than_the_people_it_is_booked_for(
    runtime: Runtime, room: Resource, booked: Booker, at: At
) -> None:
    booked(room, at(9), at(11), people=60)
    assert refused_codes(lambda: change(runtime, room, capacity=50)) == ["promised-people"]


def test_what_is_still_booked_is_not_taken_out_of_use(runtime: Runtime, room: Resource, booked: Booker, at: At) -> None:
    booked(room, at(9), at(11))
    assert refused_codes(lambda: change(runtime, room, active=False)) == ["still-booked"]


def test_a_closed_room_cannot_be_booked_until_it_opens_again(
    runtime: Runtime, room: Resource, booked: Booker, at: At
) -> None:
    closure = close(runtime, room, at(8), at(18))
    assert refused_codes(lambda: booked(room, at(9), at(10))) == ["resource-closed"]
    with runtime.unit_of_work() as work:
        reopen_resource(work, closure.id)
    booked(room, at(9), at(10))
    assert [event.data["closure_id"] for event in recorded(runtime, "resource.reopened")] == [str(closure.id)]
    assert len(recorded(runtime, "resource.closed")) == 1


def test_a_closure_does_not_push_bookings_aside_unasked(
    runtime: Runtime, room: Resource, booked: Booker, at: At
) -> None:
    booked(room, at(9), at(10))
    assert refused_codes(lambda: close(runtime, room, at(8), at(18))) == ["booked"]
    close(runtime, room, at(8), at(18), cancel_bookings=True)
    [event] = recorded(runtime, "booking.cancelled")
    assert event.data["reason"] == "painting"


def test_a_closure_never_cancels_what_belongs_to_an_activity(runtime: Runtime, room: Resource, at: At) -> None:
    activity_id = new_id()
    session = {
        "starts_at": at(9).isoformat(),
        "ends_at": at(10).isoformat(),
        "needs": [{"resource_code": "activity", "quantity": 1}],
    }
    data = {
        "activity_id": str(activity_id),
        "request_version": 1,
        "title_zh": "x",
        "title_en": "x",
        "bodies": ["union"],
        "sessions": [session],
    }
    receive(runtime, "activities", "activity.place-requested", activity_id, data)
    codes = refused_codes(lambda: close(runtime, room, at(8), at(18), cancel_bookings=True))
    assert codes == ["held-elsewhere"]


def test_some_units_of_a_pool_can_be_out_of_use(runtime: Runtime, gear: Resource, booked: Booker, at: At) -> None:
    close(runtime, gear, at(8), at(18), quantity=4)
    booked(gear, at(9), at(10), 6)
    assert refused_codes(lambda: booked(gear, at(9), at(10), 1)) == ["not-enough-units"]
    assert refused_codes(lambda: close(runtime, gear, at(8), at(18), quantity=11)) == ["quantity-wrong"]


def test_snapshots_say_the_present_state(runtime: Runtime, room: Resource, booked: Booker, at: At) -> None:
    row = booked(room, at(9), at(10))
    with runtime.reading() as session:
        [(resource_id, resource)] = resource_snapshots(session, None, None, 10)
        [(booking_id, booking)] = booking_snapshots(session, None, row.id, 10)
        assert booking_snapshots(session, row.id, None, 10) == []
    assert (resource_id, resource_snapshot.check(resource)["code"]) == (room.id, "activity")
    assert (booking_id, booking_snapshot.check(booking)["state"]) == (row.id, "confirmed")

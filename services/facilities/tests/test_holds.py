"""Holds for other services: all or nothing, once a request, for half an hour unless confirmed."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from facilities.bookings.commands import cancel
from facilities.holds.timer import expire_holds
from facilities.occupancy.models import Occupancy
from facilities.resources.models import Resource
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, receive, recorded
from shared.testing.fakes import SettableClock

At = Callable[..., datetime]
Booker = Callable[..., Occupancy]


class Activity:
    """An activity as its own service speaks of it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.id = new_id()

    def data(self, version: int, *sessions: tuple[datetime, datetime, Mapping[str, int]]) -> dict[str, Any]:
        return {
            "activity_id": str(self.id),
            "request_version": version,
            "title_zh": "小候鸟",
            "title_en": "Summer class",
            "bodies": ["union", "women"],
            "sessions": [
                {
                    "session_id": str(new_id()),
                    "starts_at": start.isoformat(),
                    "ends_at": end.isoformat(),
                    "needs": [{"resource_code": code, "quantity": quantity} for code, quantity in needs.items()],
                }
                for start, end, needs in sessions
            ],
        }

    def ask(self, version: int, *sessions: tuple[datetime, datetime, Mapping[str, int]]) -> Envelope:
        return receive(self.runtime, "activities", "activity.place-requested", self.id, self.data(version, *sessions))

    def say(self, what: str, version: int) -> Envelope:
        data = {"activity_id": str(self.id), "request_version": version, "place_zh": "not read"}
        return receive(self.runtime, "activities", f"activity.{what}", self.id, data)


@pytest.fixture
def activity(runtime: Runtime) -> Activity:
    return Activity(runtime)


def states(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.reading() as session:
        return [(row.kind, row.state) for row in session.scalars(select(Occupancy).order_by(Occupancy.id))]


def test_everything_an_activity_needs_is_held_together(
    runtime: Runtime, activity: Activity, room: Resource, gear: Resource, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1, "gear": 3}), (at(9, day=2), at(11, day=2), {"activity": 1}))
    [granted] = recorded(runtime, "hold.granted")
    assert granted.subject.startswith("hold/")
    assert granted.data["requested_by"] == {"source": "activities", "id": str(activity.id), "version": 1}
    assert [one["resource_code"] for one in granted.data["bookings"]] == ["activity", "gear", "activity"]
    assert (granted.data["place_zh"], granted.data["place_en"]) == ("活动室", "Activity room")
    assert datetime.fromisoformat(granted.data["expires_at"]) == clock() + timedelta(minutes=30)
    assert states(runtime) == [("hold", "held")] * 3


def test_one_missing_place_refuses_all_and_says_what_is_near(
    runtime: Runtime, activity: Activity, room: Resource, gear: Resource, booked: Booker, at: At
) -> None:
    booked(room, at(9, day=2), at(10, day=2))
    activity.ask(
        1, (at(9), at(11), {"activity": 1, "gear": 11}), (at(9, day=2), at(11, day=2), {"activity": 1, "attic": 1})
    )
    [refused] = recorded(runtime, "hold.refused")
    assert sorted((one["code"], one["resource_code"]) for one in refused.data["reasons"]) == [
        ("not-enough-units", "gear"),
        ("slot-taken", "activity"),
        ("unknown-resource", "attic"),
    ]
    kinds = {one["kind"] for one in refused.data["alternatives"]}
    assert kinds == {"other-time", "fewer-units"}
    assert states(runtime) == [("booking", "confirmed")]


def test_a_request_that_comes_again_changes_nothing(
    runtime: Runtime, activity: Activity, room: Resource, at: At
) -> None:
    first = activity.ask(1, (at(9), at(11), {"activity": 1}))
    hand_over(runtime, first)
    activity.ask(1, (at(13), at(15), {"activity": 1}))
    assert len(recorded(runtime, "hold.granted")) == 1
    assert states(runtime) == [("hold", "held")]


def test_a_newer_request_replaces_the_older_one_even_at_the_same_place(
    runtime: Runtime, activity: Activity, room: Resource, at: At
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.ask(2, (at(10), at(12), {"activity": 1}))
    [released] = recorded(runtime, "hold.released")
    assert (released.data["reason"], released.data["requested_by"]["version"]) == ("replaced", 1)
    assert states(runtime) == [("hold", "released"), ("hold", "held")]
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say("place-released", 1)
    assert states(runtime) == [("hold", "released"), ("hold", "held")]


def test_a_newer_request_that_must_be_refused_leaves_the_older_one(
    runtime: Runtime, activity: Activity, room: Resource, booked: Booker, at: At
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say("published", 1)
    booked(room, at(13), at(14))
    activity.ask(2, (at(13), at(15), {"activity": 1}))
    assert len(recorded(runtime, "hold.refused")) == 1
    assert states(runtime) == [("booking", "confirmed")] * 2


def test_publishing_makes_bookings_that_cannot_expire(
    runtime: Runtime, activity: Activity, room: Resource, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say("published", 1)
    activity.say("published", 1)
    clock.advance(hours=1)
    assert expire_holds(runtime) == 0
    [confirmed] = recorded(runtime, "booking.confirmed")
    [granted] = recorded(runtime, "hold.granted")
    assert confirmed.data["booking_id"] == granted.data["bookings"][0]["booking_id"]
    assert (confirmed.data["person_id"], confirmed.data["title_en"]) == (None, "Summer class")
    assert confirmed.data["requested_by"]["source"] == "activities"


def test_a_hold_nobody_confirms_is_over_after_half_an_hour(
    runtime: Runtime, activity: Activity, room: Resource, booked: Booker, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    clock.advance(minutes=29)
    assert expire_holds(runtime) == 0
    clock.advance(minutes=1)
    assert (expire_holds(runtime), expire_holds(runtime)) == (1, 0)
    [released] = recorded(runtime, "hold.released")
    assert released.data["reason"] == "expired"
    booked(room, at(9), at(11))


def test_a_confirmation_that_comes_too_late_takes_the_place_again_if_it_is_free(
    runtime: Runtime, activity: Activity, room: Resource, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    clock.advance(minutes=31)
    expire_holds(runtime)
    activity.say("published", 1)
    assert states(runtime) == [("booking", "confirmed")]


def test_a_confirmation_that_comes_too_late_is_refused_when_the_place_is_gone(
    runtime: Runtime, activity: Activity, room: Resource, booked: Booker, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    clock.advance(minutes=31)
    expire_holds(runtime)
    booked(room, at(10), at(11))
    activity.say("published", 1)
    [refused] = recorded(runtime, "hold.refused")
    assert [one["code"] for one in refused.data["reasons"]] == ["hold-expired", "slot-taken"]


@pytest.mark.parametrize("what", ["place-released", "cancelled"])
def test_what_is_given_up_is_free_again(
    runtime: Runtime, activity: Activity, room: Resource, booked: Booker, at: At, what: str
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say(what, 1)
    activity.say(what, 1)
    [released] = recorded(runtime, "hold.released")
    assert released.data["reason"] == "cancelled"
    booked(room, at(9), at(11))


def test_a_cancelled_activity_frees_its_bookings(
    runtime: Runtime, activity: Activity, room: Resource, booked: Booker, at: At
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say("published", 1)
    activity.say("cancelled", 1)
    assert [one.data["person_id"] for one in recorded(runtime, "booking.cancelled")] == [None]
    booked(room, at(9), at(11))


def test_a_request_that_comes_after_its_release_finds_itself_old(
    runtime: Runtime, activity: Activity, room: Resource, at: At
) -> None:
    activity.say("place-released", 1)
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    assert (states(runtime), recorded(runtime, "hold.granted")) == ([], [])


def test_a_moved_activity_keeps_its_new_place(
    runtime: Runtime, activity: Activity, room: Resource, at: At, clock: SettableClock
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    activity.say("published", 1)
    activity.ask(2, (at(13), at(15), {"activity": 1}))
    activity.say("changed", 2)
    activity.say("place-released", 1)
    clock.advance(hours=1)
    assert expire_holds(runtime) == 0
    assert states(runtime) == [("booking", "cancelled"), ("booking", "confirmed")]


def test_the_desk_cannot_cancel_what_an_activity_booked(
    runtime: Runtime, activity: Activity, room: Resource, at: At
) -> None:
    activity.ask(1, (at(9), at(11), {"activity": 1}))
    with runtime.reading() as session:
        row_id = session.scalars(select(Occupancy.id)).one()
    with runtime.unit_of_work() as work, pytest.raises(Refused, match="another service"):
        cancel(work, row_id)


def test_a_talk_gets_its_room_and_nobody_learns_why(
    runtime: Runtime, resource: Callable[..., Resource], at: At
) -> None:
    resource("heart-to-heart", name_zh="谈心室", name_en="Heart-to-heart room", confidential=True)
    talk_id: UUID = new_id()
    times = {"starts_at": at(9).isoformat(), "ends_at": at(10).isoformat()}
    data = {"talk_id": str(talk_id), "request_version": 1, "resource_code": "heart-to-heart", **times}
    receive(runtime, "welfare", "talk.place-requested", talk_id, data)
    [granted] = recorded(runtime, "hold.granted")
    assert (granted.data["requested_by"]["source"], granted.data["place_zh"]) == ("welfare", "谈心室")
    scheduled = {"talk_id": str(talk_id), "person_id": str(new_id()), "body": "union", "request_version": 1, **times}
    receive(runtime, "welfare", "talk.scheduled", talk_id, scheduled)
    [confirmed] = recorded(runtime, "booking.confirmed")
    assert (confirmed.data["confidential"], confirmed.data["person_id"], confirmed.data["title_en"]) == (
        True,
        None,
        "Busy",
    )
    receive(runtime, "welfare", "talk.cancelled", talk_id, scheduled)
    assert states(runtime) == [("booking", "cancelled")]


def test_an_activity_without_needs_gets_its_empty_hold(runtime: Runtime, activity: Activity, at: At) -> None:
    activity.ask(1, (at(9), at(11), {}))
    [granted] = recorded(runtime, "hold.granted")
    assert (granted.data["bookings"], granted.data["place_zh"]) == ([], "")


def test_an_event_made_twice_by_its_publisher_has_one_effect(
    runtime: Runtime, activity: Activity, room: Resource, at: At
) -> None:
    data = activity.data(1, (at(9), at(11), {"activity": 1}))
    twice = [
        event("activities", "activity.place-requested", activity.id, data, runtime=runtime, version=n) for n in (1, 2)
    ]
    hand_over(runtime, *twice)
    assert len(recorded(runtime, "hold.granted")) == 1

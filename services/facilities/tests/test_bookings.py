"""Bookings: one at a time in a room, no more units than there are, all items or none."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from facilities.bookings.commands import Move, Wish, approve, cancel, move, refuse
from facilities.occupancy.models import Occupancy
from facilities.resources.models import Resource
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused, Stale
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock

At = Callable[..., datetime]
Booker = Callable[..., Occupancy]


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as raised:
        call()
    return raised.value


def codes(refused: Refused) -> list[str]:
    return [reason.code for reason in refused.reasons]


def test_a_room_is_given_away_once(runtime: Runtime, room: Resource, booked: Booker, at: At) -> None:
    booked(room, at(9), at(11))
    refused = refusal(lambda: booked(room, at(10), at(12)))
    assert (refused.code, refused.status) == ("slot-taken", 409)
    assert len(recorded(runtime, "booking.confirmed")) == 1


def test_windows_are_half_open(resource: Callable[..., Resource], booked: Booker, at: At) -> None:
    plain = resource("reading")
    booked(plain, at(9), at(10))
    booked(plain, at(10), at(11))


def test_the_turnaround_belongs_to_the_booking_but_is_not_shown(room: Resource, booked: Booker, at: At) -> None:
    first = booked(room, at(9), at(10))
    assert refusal(lambda: booked(room, at(10), at(11))).code == "slot-taken"
    booked(room, at(10, 15), at(11))
    assert (first.ends_at, first.blocked_until) == (at(10), at(10, 15))


def test_a_pool_gives_what_it_has_at_its_busiest_moment(gear: Resource, booked: Booker, at: At) -> None:
    booked(gear, at(9), at(10), 6)
    booked(gear, at(10), at(11), 6)
    booked(gear, at(9), at(11), 4)
    refused = refusal(lambda: booked(gear, at(9), at(12), 1))
    assert refused.code == "not-enough-units"
    assert (refused.reasons[0].facts["wanted"], refused.reasons[0].facts["available"]) == (1, 0)


def test_several_items_are_had_together_or_not_at_all(
    runtime: Runtime, room: Resource, gear: Resource, booked: Booker, at: At
) -> None:
    booked(gear, at(9), at(10), 8)
    refused = refusal(lambda: booked([Wish("activity"), Wish("gear", 3)], at(9), at(10)))
    assert codes(refused) == ["not-enough-units"]
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(Occupancy)) == 1
    together = booked([Wish("activity"), Wish("gear", 2)], at(9), at(10))
    with runtime.reading() as session:
        rows = session.scalars(select(Occupancy).where(Occupancy.group_id == together.group_id)).all()
    assert sorted(row.resource.code for row in rows) == ["activity", "gear"]


def test_every_broken_rule_is_named_at_once(
    resource: Callable[..., Resource], gear: Resource, booked: Booker, at: At
) -> None:
    resource("small", capacity=8, opening=[["08:00", "18:00"]] * 7)
    booked([Wish("small"), Wish("gear", 9)], at(8), at(9))
    refused = refusal(lambda: booked([Wish("small"), Wish("gear", 3)], at(8), at(11), people=20, title=""))
    assert codes(refused) == [
        "slot-taken",
        "not-enough-units",
        "outside-opening-hours",
        "title-missing",
        "too-many-people",
    ]


def test_a_refusal_names_what_is_near(
    room: Resource, gear: Resource, resource: Callable[..., Resource], booked: Booker, at: At
) -> None:
    resource("hall", capacity=100)
    booked([Wish("activity"), Wish("gear", 7)], at(9), at(10))
    near = refusal(lambda: booked([Wish("activity"), Wish("gear", 5)], at(9), at(10))).reasons[0].facts["alternatives"]
    assert [one["kind"] for one in near] == ["other-time", "other-time", "other-room", "fewer-units"]
    assert {one["starts_at"] for one in near[:2]} == {at(10, 15), at(7, 45)}
    assert near[2]["resource_code"] == "hall"
    assert (near[3]["resource_code"], near[3]["quantity"]) == ("gear", 3)


def test_the_input_itself_is_refused_as_such(room: Resource, booked: Booker, at: At) -> None:
    assert refusal(lambda: booked(room, at(10), at(9))).code == "ends-before-start"
    past = refusal(lambda: booked(room, at(9, day=-1), at(10, day=-1)))
    assert (past.code, past.status) == ("starts-in-the-past", 422)
    assert codes(refusal(lambda: booked("attic", at(9), at(10)))) == ["unknown-resource"]
    assert codes(refusal(lambda: booked([Wish("activity"), Wish("activity")], at(9), at(9, 30))))[-1] == "booked-twice"


def test_the_hour_that_has_begun_can_still_be_booked(room: Resource, booked: Booker, runtime: Runtime) -> None:
    now = runtime.clock()
    booked(room, now - timedelta(minutes=20), now + timedelta(minutes=40))


def test_a_person_who_books_is_named_by_id_in_the_event(
    runtime: Runtime, room: Resource, booked: Booker, at: At
) -> None:
    person = new_id()
    booked(room, at(9), at(10), person_id=person)
    [event] = recorded(runtime, "booking.confirmed")
    assert (event.data["person_id"], event.data["resource_zh"]) == (str(person), "活动室")
    assert event.subject.startswith("booking/")


def test_a_confidential_booking_keeps_and_tells_nothing(
    runtime: Runtime, resource: Callable[..., Resource], booked: Booker, at: At
) -> None:
    resource("heart-to-heart", confidential=True)
    row = booked("heart-to-heart", at(9), at(10), title="Talk with Zhang", person_id=new_id())
    [event] = recorded(runtime, "booking.confirmed")
    assert (row.title, row.person_id) == (None, None)
    assert (event.data["title_zh"], event.data["title_en"]) == ("占用", "Busy")
    assert (event.data["person_id"], event.data["body"], event.data["confidential"]) == (None, None, True)
    assert "Zhang" not in str(event.data)


def test_a_move_takes_along_what_was_booked_together(
    runtime: Runtime, room: Resource, gear: Resource, booked: Booker, at: At
) -> None:
    row = booked([Wish("activity"), Wish("gear", 2)], at(9), at(10))
    with runtime.unit_of_work() as work:
        move(work, row.id, Move(at(9, 30), at(10, 30), version=1))
    moved = recorded(runtime, "booking.moved")
    assert [event.data["resource_code"] for event in moved] == ["activity", "gear"]
    assert all(event.data["was_starts_at"].startswith(at(9).isoformat()[:16]) for event in moved)


def test_a_refused_move_leaves_everything_where_it_was(
    runtime: Runtime, room: Resource, booked: Booker, at: At
) -> None:
    booked(room, at(9), at(10))
    row = booked(room, at(11), at(12))

    def try_it() -> None:
        with runtime.unit_of_work() as work:
            move(work, row.id, Move(at(9, 30), at(10, 30)))

    assert refusal(try_it).code == "slot-taken"
    with runtime.reading() as session:
        assert session.get_one(Occupancy, row.id).starts_at == at(11)


def test_a_move_to_another_room(
    runtime: Runtime, room: Resource, resource: Callable[..., Resource], booked: Booker, at: At
) -> None:
    resource("hall", minutes_before=5)
    row = booked(room, at(9), at(10))
    with runtime.unit_of_work() as work:
        moved = move(work, row.id, Move(at(9), at(10), resource="hall"))
        assert (moved.resource.code, moved.blocked_from) == ("hall", at(8, 55))
    booked(room, at(9), at(10))


def test_a_stale_move_is_refused(runtime: Runtime, room: Resource, booked: Booker, at: At) -> None:
    row = booked(room, at(9), at(10))
    with runtime.unit_of_work() as work:
        move(work, row.id, Move(at(11), at(12), version=1))
    with runtime.unit_of_work() as work, pytest.raises(Stale):
        move(work, row.id, Move(at(13), at(14), version=1))


def test_a_cancelled_booking_frees_its_place(runtime: Runtime, room: Resource, booked: Booker, at: At) -> None:
    row = booked(room, at(9), at(10))
    with runtime.unit_of_work() as work:
        cancel(work, row.id, reason="rain")
    booked(room, at(9), at(10))
    [event] = recorded(runtime, "booking.cancelled")
    assert event.data["reason"] == "rain"

    def again() -> None:
        with runtime.unit_of_work() as work:
            cancel(work, row.id)

    assert refusal(again).code == "booking-over"


def test_a_past_booking_is_history(
    runtime: Runtime, room: Resource, booked: Booker, at: At, clock: SettableClock
) -> None:
    row = booked(room, at(9), at(10))
    clock.advance(days=3)

    def late() -> None:
        with runtime.unit_of_work() as work:
            cancel(work, row.id)

    assert refusal(late).code == "booking-past"


OFFICER = Principal(new_id(), "Li", grants=(Grant("officer", "union"),))
MANAGER = Principal(new_id(), "Wang", grants=(Grant("manager", "union"),))


def test_an_officer_books_for_the_own_body_alone(runtime: Runtime, room: Resource, at: At) -> None:
    from facilities.bookings.commands import NewBooking, book

    wishes = [Wish(room.id)]
    with runtime.unit_of_work(actor=OFFICER) as work:
        with pytest.raises(Forbidden):
            book(work, NewBooking(wishes, at(9), at(10), "party", "x"))
        assert book(work, NewBooking(wishes, at(9), at(10), "union", "x")).state == "confirmed"


def test_a_request_keeps_its_place_until_somebody_decides(
    runtime: Runtime, resource: Callable[..., Resource], booked: Booker, at: At
) -> None:
    from facilities.bookings.commands import NewBooking, book

    archive = resource("archive", needs_approval=True)
    with runtime.unit_of_work(actor=OFFICER) as work:
        first = book(work, NewBooking([Wish(archive.id)], at(9), at(10), "union", "x"))
        second = book(work, NewBooking([Wish(archive.id)], at(11), at(12), "union", "x"))
    assert (first.state, refusal(lambda: booked(archive, at(9), at(10))).code) == ("requested", "slot-taken")
    with runtime.unit_of_work(actor=OFFICER) as work, pytest.raises(Forbidden):
        approve(work, first.id)
    with runtime.unit_of_work(actor=MANAGER) as work:
        approve(work, first.id)
        refuse(work, second.id, reason="audit week")
    booked(archive, at(11), at(12))
    assert [event.data["booking_id"] for event in recorded(runtime, "booking.refused")] == [str(second.id)]
    assert len(recorded(runtime, "booking.requested")) == 2

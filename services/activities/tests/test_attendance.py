"""The desk: present, absent, and corrections."""

from datetime import timedelta
from typing import Any

import pytest

from activities.activity.commands import cancel_activity, lock_activity
from activities.attendance.commands import mark_attendance
from activities.attendance.queries import attendance_snapshots, roll
from activities.published import attendance_snapshot
from activities.registration.commands import cancel_registration
from shared.refusal import Refused


def mark(desk: Any, registration: Any, present: bool) -> None:
    with desk.runtime.unit_of_work() as work:
        mark_attendance(work, registration.id, present)


def test_who_is_present_gets_the_minutes_of_the_session(desk: Any, clock: Any) -> None:
    activity = desk.placed()
    [row] = desk.register(activity.id, *desk.people(1))
    clock.now = activity.starts_at
    mark(desk, row, True)
    mark(desk, row, True)
    [(_, data)] = desk.events("attendance.confirmed")
    assert (data["minutes"], data["kind"], data["present"]) == (120, "class", True)
    with desk.runtime.reading() as session:
        [(_, person, noted)] = roll(session, row.session_id)
        assert (person.name, noted.present) == ("样本 0", True)


def test_a_mark_that_was_told_to_others_is_corrected_not_repeated(desk: Any, clock: Any) -> None:
    activity = desk.placed()
    [row] = desk.register(activity.id, *desk.people(1))
    clock.now = activity.starts_at
    mark(desk, row, False)
    assert desk.events("attendance.confirmed", "attendance.corrected") == []
    mark(desk, row, True)
    mark(desk, row, False)
    [(_, data)] = desk.events("attendance.corrected")
    assert (data["minutes"], data["was_minutes"]) == (0, 120)


def test_who_was_checked_in_and_then_gives_the_place_back_was_not_there(desk: Any, clock: Any) -> None:
    activity = desk.placed()
    mother, child = desk.people(2)
    rows = {row.person_id: row for row in desk.register(activity.id, mother, child)}
    clock.now = activity.starts_at - timedelta(minutes=30)
    for row in rows.values():
        mark(desk, row, True)
    with desk.runtime.unit_of_work() as work:
        cancel_registration(work, rows[child].id)
    [(_, corrected)] = desk.events("attendance.corrected")
    assert (corrected["person_id"], corrected["present"], corrected["was_minutes"]) == (str(child), False, 120)
    with desk.runtime.unit_of_work() as work:
        cancel_activity(work, lock_activity(work, activity.id), "台风")
    assert [data["person_id"] for _, data in desk.events("attendance.corrected")] == [str(child), str(mother)]


def test_snapshots_say_of_each_mark_that_was_told_what_it_is_now(desk: Any, clock: Any) -> None:
    activity = desk.placed(capacity=3)
    rows = [desk.register(activity.id, person)[0] for person in desk.people(3)]
    clock.now = activity.starts_at
    for row, marks in zip(rows, ((True,), (True, False), (False,)), strict=True):
        for present in marks:
            mark(desk, row, present)
    with desk.runtime.reading() as session:
        told = [attendance_snapshot.check(data) for _, data in attendance_snapshots(session, None, None, 10)]
        [(only, _)] = attendance_snapshots(session, rows[0].id, None, 1)
    assert [(data["registration_id"], data["present"], data["minutes"]) for data in told] == [
        (str(rows[0].id), True, 120),
        (str(rows[1].id), False, 0),
    ]
    assert only == rows[1].id


def test_check_in_waits_for_the_doors_and_for_a_place(desk: Any, clock: Any) -> None:
    activity = desk.placed(capacity=1)
    first, second = desk.people(2)
    [row] = desk.register(activity.id, first)
    [waiting] = desk.register(activity.id, second)
    with pytest.raises(Refused) as refused:
        mark(desk, row, True)
    assert refused.value.code == "check-in-not-open"
    clock.now = activity.starts_at - timedelta(hours=1)
    mark(desk, row, True)
    with pytest.raises(Refused) as refused:
        mark(desk, waiting, True)
    assert refused.value.code == "no-place"

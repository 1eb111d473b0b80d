"""The desk: present, absent, and corrections."""

from datetime import timedelta
from typing import Any

import pytest

from activities.attendance.commands import mark_attendance
from activities.attendance.queries import roll
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

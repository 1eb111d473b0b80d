"""At 22:30 something is called off or moved that was to begin the next morning: who goes there is told at night."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.testing.conditions import messages, steps
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock

LATE = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)  # 22:30 at the centre
AT_HALF_PAST_EIGHT = timedelta(hours=10)
AT_TEN = timedelta(hours=11.5)
PLACE = {"place_zh": "活动室", "place_en": "Activity room"}
WAS_PLACE = {"was_place_zh": "活动室", "was_place_en": "Activity room"}
TITLE = {"title_zh": "课", "title_en": "Class", **PLACE}


def _times(start: datetime, prefix: str = "") -> dict[str, Any]:
    ends = start + timedelta(hours=1)
    times = {f"{prefix}starts_at": start.isoformat(), f"{prefix}ends_at": ends.isoformat()}
    return times if prefix else {**times, "when": {"from": start.isoformat(), "to": ends.isoformat()}}


@pytest.fixture
def night(configured: Callable[..., Runtime], clock: SettableClock) -> Runtime:
    clock.now = LATE
    return configured(QUIET_HOURS="22:00-08:00")


def _sent(runtime: Runtime) -> set[str]:
    """Sends what may be sent; to whom something was sent although it is quiet, and each time because it begins soon."""
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    while sender.run_once():
        pass
    sender.close()
    found = {str(one.person_id) for one in messages(runtime) if one.state == "sent" and one.finished_at >= LATE}
    assert [step["reason"] for step in steps(runtime, "although-quiet")] == ["begins-soon"] * len(found)
    return found


REGISTRATION = {"activity_id": str(uuid4()), "session_id": str(uuid4()), **TITLE}
BOOKING = {"resource_zh": "活动室", "resource_en": "Activity room", "confidential": False}
DUTY = {"shift_id": str(uuid4()), "title": {"zh": "值班", "en": "Duty"}, "place": None, "body": "party"}
CASES: list[tuple[str, str, Mapping[str, Any], bool]] = [
    (
        "activities",
        "registration.cancelled",
        {**REGISTRATION, "was": "confirmed", "reason": "activity-cancelled"},
        True,
    ),
    ("activities", "registration.cancelled", {**REGISTRATION, "was": "confirmed", "reason": "own"}, False),
    ("activities", "registration.cancelled", {**REGISTRATION, "was": "waitlisted", "reason": "staff"}, False),
    ("activities", "registration.promoted", REGISTRATION, True),
    ("activities", "registration.confirmed", REGISTRATION, False),
    ("facilities", "booking.cancelled", BOOKING, True),
    ("facilities", "booking.confirmed", BOOKING, False),
    ("welfare", "talk.cancelled", {"body": "women", "was": "scheduled"}, True),
    ("facilities", "duty.assigned", DUTY, True),
    ("facilities", "duty.released", {**DUTY, "reason": "cancelled"}, True),
    ("facilities", "duty.released", {**DUTY, "reason": "gave-up"}, False),
]


def test_who_would_come_in_vain_or_be_missed_at_half_past_eight_is_told_at_night(
    night: Runtime, clock: SettableClock
) -> None:
    others, awake, asleep = Others(night, clock), set(), set()
    for publisher, name, data, at_night in CASES:
        for starts in (AT_HALF_PAST_EIGHT, AT_TEN):
            person = str(others.contact(email=None))
            others.tell(publisher, name, {"person_id": person, **data, **_times(LATE + starts)})
            (awake if at_night and starts == AT_HALF_PAST_EIGHT else asleep).add(person)
    assert {str(one.person_id) for one in messages(night)} == awake | asleep
    assert _sent(night) == awake


MOVES: list[tuple[str, str, str, Mapping[str, Any]]] = [
    ("activities", "registration.confirmed", "registration.moved", {**REGISTRATION, **WAS_PLACE, "state": "confirmed"}),
    ("activities", "registration.waitlisted", "registration.moved",
     {**REGISTRATION, **WAS_PLACE, "state": "waitlisted", "waiting_number": 1}),
    ("facilities", "booking.confirmed", "booking.moved", BOOKING),
    ("welfare", "talk.scheduled", "talk.moved", {"body": "women"}),
    ("facilities", "duty.snapshot", "duty.moved", {**DUTY, "state": "assigned"}),
]  # fmt: skip


def test_a_move_from_or_to_the_next_morning_is_told_at_night(night: Runtime, clock: SettableClock) -> None:
    others, awake = Others(night, clock), set()
    moves = []
    clock.now = LATE - timedelta(hours=2)
    for publisher, before, name, data in MOVES:
        for hours, to_hours, at_night in ((10, 60, True), (60, 10, True), (11.5, 60, False)):
            person, subject = str(others.contact(email=None)), uuid4()
            was, to = LATE + timedelta(hours=hours), LATE + timedelta(hours=to_hours)
            said = {"person_id": person, **data}
            receive(night, publisher, before, subject, {**said, **_times(was)})
            moves.append((publisher, name, subject, {**said, **_times(to), **_was(publisher, was)}))
            if at_night and data.get("state") != "waitlisted":
                awake.add(person)
    assert _sent(night) == set()
    clock.now = LATE
    for publisher, name, subject, data in moves:
        receive(night, publisher, name, subject, data)
    assert _sent(night) == awake


def _was(publisher: str, was: datetime) -> dict[str, Any]:
    """Bookings and talks are known by their times before; the others say them."""
    return {**(_times(was, "was_") if publisher == "activities" else {}), "was": _times(was)["when"]}

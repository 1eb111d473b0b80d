"""Identities, quiet hours and backoff."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.messages.rules import (
    QuietHours,
    backoff,
    expiry,
    message_id,
    notice_id,
    too_old,
)

CENTRE = ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(22), time(8), CENTRE)
moments = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 7, 15, hour, minute, tzinfo=CENTRE)


def test_a_message_id_is_the_same_for_the_same_event_recipient_channel_template_and_occurrence() -> None:
    event, person = uuid4(), uuid4()
    assert message_id(event, person, "sms", "t") == message_id(str(event), str(person), "sms", "t")
    different = {
        message_id(event, person, "sms", "t"),
        message_id(event, person, "email", "t"),
        message_id(event, person, "sms", "u"),
        message_id(event, person, "sms", "t", "24h"),
        message_id(uuid4(), person, "sms", "t"),
        message_id(event, uuid4(), "sms", "t"),
        notice_id(event, "t", person),
    }
    assert len(different) == 7


@pytest.mark.parametrize(
    ("now", "released"),
    [
        (at(21, 59), at(21, 59)),
        (at(22), at(8) + timedelta(days=1)),
        (at(0), at(8)),
        (at(7, 59), at(8)),
        (at(8), at(8)),
    ],
)
def test_quiet_hours_run_over_midnight_and_end_at_eight(now: datetime, released: datetime) -> None:
    assert NIGHT.release(now) == released


def test_quiet_hours_are_read_from_text() -> None:
    assert QuietHours.parse("22:00-08:00", CENTRE) == NIGHT
    assert QuietHours.parse("none", CENTRE) is None
    with pytest.raises(ValueError):
        QuietHours.parse("22:00-22:00", CENTRE)
    with pytest.raises(ValueError):
        QuietHours.parse("late", CENTRE)


@given(moments)
def test_what_is_released_is_not_quiet_and_not_in_the_past(now: datetime) -> None:
    released = NIGHT.release(now)
    assert released >= now
    assert not NIGHT.covers(released)
    assert released - now <= timedelta(hours=10)


@given(st.integers(1, 200), st.floats(0, 1))
def test_backoff_grows_within_its_bounds(tries: int, jitter: float) -> None:
    first, longest = timedelta(seconds=10), timedelta(hours=1)
    wait = backoff(tries, lambda: jitter, first=first, longest=longest)
    assert first / 2 <= wait <= longest
    assert wait <= backoff(tries + 1, lambda: 1.0, first=first, longest=longest)


def test_old_news_is_old_and_a_message_expires_when_its_subject_begins() -> None:
    assert too_old(at(8), at(9), timedelta(minutes=59))
    assert not too_old(at(8), at(9), timedelta(hours=1))
    assert expiry(at(8), at(10), timedelta(days=1)) == at(10)
    assert expiry(at(8), None, timedelta(hours=1)) == at(9)

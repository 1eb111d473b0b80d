"""When a message leaves: the night, days off, make-up workdays, years that nobody has published."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.messages.rules import QuietHours
from notifications.quiet_hours.rules import DaysAndHours, Departure, Timetable, check_hours, departure
from shared.workdays.rules import WorkCalendar

CENTRE = ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(22), time(8), CENTRE)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
HOLIDAYS = {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True}
CALENDAR = WorkCalendar(HOLIDAYS, frozenset({2026}))
OFFICE = DaysAndHours((time(8), time(20)), None, CALENDAR, CENTRE)
EVERY_DAY = DaysAndHours((time(8), time(20)), (time(10), time(18)), CALENDAR, CENTRE)
moments = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(day: int, hour: int, minute: int = 0, *, month: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CENTRE)


@pytest.mark.parametrize(
    ("hours", "now", "released"),
    [
        (OFFICE, at(8, 7), at(8, 8)),
        (OFFICE, at(8, 20), at(9, 8)),
        (OFFICE, at(9, 19, 59), at(9, 19, 59)),
        (OFFICE, at(10, 9), at(10, 9)),  # a Saturday that is worked on
        (OFFICE, at(10, 21), at(12, 8)),
        (OFFICE, at(1, 9), at(8, 8)),  # the week of the National Day
        (EVERY_DAY, at(1, 9), at(1, 10)),
        (EVERY_DAY, at(1, 18), at(2, 10)),
        (EVERY_DAY, at(7, 19), at(8, 8)),
        (OFFICE, at(31, 21, month=12), at(4, 8, month=1, year=2027)),  # nobody has published 2027: 1 January is free
    ],
)
def test_what_waits_is_released_when_the_next_hours_begin(
    hours: DaysAndHours, now: datetime, released: datetime
) -> None:
    assert hours.release(now) == released


@given(moments, st.sampled_from([OFFICE, EVERY_DAY]))
def test_what_is_released_is_not_quiet_and_not_in_the_past(now: datetime, hours: DaysAndHours) -> None:
    released = hours.release(now)
    assert released >= now
    assert not hours.covers(released)
    assert released == now or hours.covers(released - timedelta(minutes=1))


def test_a_calendar_without_any_working_day_stops_nothing_for_ever() -> None:
    never = DaysAndHours((time(8), time(9)), None, WorkCalendar({at(1, 0).date() + timedelta(n): False
                         for n in range(900)}, frozenset()), CENTRE)  # fmt: skip
    assert never.release(at(2, 8)) == at(2, 8)


@pytest.mark.parametrize(
    ("because", "expires_at", "leaves"),
    [
        ("begins-soon", FAR, Departure(at(8, 23), "begins-soon")),
        ("rule", FAR, Departure(at(8, 23), "rule")),
        (None, at(9, 7), Departure(at(8, 23), "useless-later")),
        (None, FAR, Departure(at(9, 8, 15))),
        (None, at(9, 8, 10), Departure(at(9, 8, 5))),
    ],
)
def test_a_message_leaves_at_night_only_with_a_reason(
    because: str | None, expires_at: datetime, leaves: Departure
) -> None:
    now = at(8, 23)
    assert departure(now, NIGHT, passes_because=because, expires_at=expires_at, jitter=lambda: 1.0) == leaves
    assert (
        departure(at(8, 12), NIGHT, passes_because=because, expires_at=FAR, jitter=lambda: 1.0).although_quiet is None
    )


@pytest.mark.parametrize(
    ("now", "needed_by", "leaves"),
    [
        (at(8, 22, 30), at(9, 8, 30), Departure(at(8, 22, 30), "begins-soon")),
        (at(8, 22, 30), at(9, 9, 10), Departure(at(8, 22, 30), "begins-soon")),
        (at(8, 22, 30), at(9, 9, 15), Departure(at(9, 8, 15))),
        (at(8, 22, 30), at(8, 22, 0), Departure(at(9, 8, 15))),
        (at(8, 21, 30), at(9, 8, 30), Departure(at(8, 21, 30))),
    ],
)
def test_what_changes_where_somebody_is_to_be_does_not_wait_where_they_might_set_out_before(
    now: datetime, needed_by: datetime, leaves: Departure
) -> None:
    found = departure(now, NIGHT, passes_because=None, expires_at=FAR, jitter=lambda: 1.0, needed_by=needed_by)
    assert found == leaves


def test_a_category_without_hours_of_its_own_has_the_usual_ones() -> None:
    table = Timetable(NIGHT, {"membership": OFFICE})
    assert (table.is_quiet(at(1, 9), "affairs"), table.is_quiet(at(1, 9), "membership")) == (False, True)
    assert not Timetable(None).is_quiet(at(1, 3), "affairs")


def test_hours_need_a_beginning_and_a_later_end() -> None:
    assert check_hours((time(8), time(20)), None) == []
    assert [reason.field for reason in check_hours((time(8), time(8)), (None, time(9)))] == [
        "workday_until",
        "day_off_from",
    ]

"""The working-day calendar: make-up workdays, years that nobody has published, and what staff enter."""

from collections.abc import Callable
from datetime import date

import pytest

from membership.seed import plant
from membership.workdays.models import WORKDAYS
from shared.principal import Principal
from shared.refusal import Forbidden
from shared.runtime import Runtime
from shared.workdays.commands import declare_official, forget_day, plant_calendar, set_day
from shared.workdays.queries import work_calendar
from shared.workdays.rules import WorkCalendar


@pytest.fixture
def calendar(runtime: Runtime) -> Callable[[], WorkCalendar]:
    plant(runtime)

    def read() -> WorkCalendar:
        with runtime.reading() as session:
            return work_calendar(session, WORKDAYS)

    return read


def test_make_up_workdays_and_festivals_are_known(calendar: Callable[[], WorkCalendar]) -> None:
    known = calendar()
    assert known.is_working(date(2026, 10, 10))  # a Saturday that makes up for the National Day week
    assert not known.is_working(date(2026, 10, 5))  # a Monday within it
    assert known.after(date(2026, 9, 30), 5) == date(2026, 10, 13)
    assert not known.is_provisional(date(2026, 1, 1), date(2026, 12, 31))


def test_a_year_that_nobody_has_published_is_provisional_and_counts_plainly(
    calendar: Callable[[], WorkCalendar],
) -> None:
    known = calendar()
    assert known.is_provisional(date(2026, 12, 28), date(2027, 1, 4))
    assert not known.is_working(date(2027, 1, 1))
    assert known.after(date(2026, 12, 31), 5) == date(2027, 1, 8)


def test_what_staff_enter_counts_and_survives_the_library(
    runtime: Runtime, calendar: Callable[[], WorkCalendar], clerk: Callable[..., Principal]
) -> None:
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        set_day(work, WORKDAYS, date(2027, 2, 8), False, "春节")
        set_day(work, WORKDAYS, date(2026, 10, 10), False, "centre closed")
        declare_official(work, WORKDAYS, 2027)
    with runtime.unit_of_work() as work:
        assert plant_calendar(work, WORKDAYS) == 0
    known = calendar()
    assert not known.is_working(date(2027, 2, 8))
    assert not known.is_working(date(2026, 10, 10))
    assert not known.is_provisional(date(2027, 1, 1), date(2027, 12, 31))
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        forget_day(work, WORKDAYS, date(2027, 2, 8))
    assert calendar().is_working(date(2027, 2, 8))
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer")) as work:
        set_day(work, WORKDAYS, date(2027, 2, 9), False, "")


def test_days_that_staff_entered_before_a_year_was_published_stay(
    runtime: Runtime, clerk: Callable[..., Principal]
) -> None:
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        set_day(work, WORKDAYS, date(2026, 10, 5), True, "stock-taking")
    plant(runtime)
    with runtime.reading() as session:
        known = work_calendar(session, WORKDAYS)
    assert known.is_working(date(2026, 10, 5))
    assert not known.is_working(date(2026, 10, 6))

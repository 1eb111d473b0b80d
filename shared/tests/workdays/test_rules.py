"""Counting working days, whatever the calendar says of them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.workdays.rules import WorkCalendar

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(start=DAYS, count=st.integers(0, 60), moved=st.dictionaries(DAYS, st.booleans(), max_size=30))
def test_the_nth_working_day_has_n_working_days_up_to_it(start: date, count: int, moved: dict[date, bool]) -> None:
    known = WorkCalendar(moved, frozenset({2020, 2024}))
    end = known.after(start, count)
    assert known.between(start, end) == count
    assert count == 0 or known.is_working(end)
    assert count == 0 or known.between(start, end - timedelta(days=1)) == count - 1

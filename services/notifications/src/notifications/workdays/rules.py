"""Which days are working days. Pure: what differs from a plain week is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Days off that fall on the same date each year (Regulation on Public Holidays, article 2); others are published."""


@dataclass(frozen=True)
class WorkCalendar:
    """``exceptions`` say of a day whether it is worked on; ``official`` are the years whose plan is known.

    In any other year the weekdays are worked on, but for the fixed holidays.
    """

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    official: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        said = self.exceptions.get(day)
        if said is not None:
            return said
        if day.year not in self.official and (day.month, day.day) in FIXED_HOLIDAYS:
            return False
        return day.weekday() < 5

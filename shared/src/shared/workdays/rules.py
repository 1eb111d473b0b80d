"""Which days are working days. Pure: the exceptions are handed in, whether the library or a person said them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Days off that fall on the same date each year (Regulation on Public Holidays, article 2); others are published."""
_FARTHEST = 4000


@dataclass(frozen=True)
class WorkCalendar:
    """``exceptions`` say of a day whether it is worked on; ``official`` are the years whose plan is published.

    In any other year the weekdays are worked on, but for the fixed holidays, and what is counted there is provisional.
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

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after that day, which itself is not counted (Civil Code, article 201).

        ValueError when the calendar has none within ten years: somebody entered that nobody works any more.
        """
        found = day
        for _ in range(_FARTHEST):
            if count <= 0:
                return found
            found += timedelta(days=1)
            count -= self.is_working(found)
        raise ValueError("the calendar has no working days")

    def between(self, first: date, last: date) -> int:
        """How many working days follow ``first`` up to and with ``last``."""
        return sum(self.is_working(first + timedelta(days=step)) for step in range(1, (last - first).days + 1))

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether a year in that span is not published yet, so that a count may still change."""
        return any(year not in self.official for year in range(first.year, last.year + 1))

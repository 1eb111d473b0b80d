"""A period of the centre's days, half open in time: from the first day's midnight up to the midnight after the last."""

import calendar
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CENTRE = ZoneInfo(os.environ.get("YIZHAN_TIME_ZONE", "Asia/Shanghai"))


@dataclass(frozen=True)
class Period:
    """``first`` and ``last`` both belong to it."""

    first: date
    last: date

    @property
    def since(self) -> int:
        """The first second, counted from 1970 in UTC."""
        return int(datetime.combine(self.first, time(), CENTRE).timestamp())

    @property
    def before(self) -> int:
        """The first second that belongs to it no more."""
        return int(datetime.combine(self.last + timedelta(days=1), time(), CENTRE).timestamp())

    def months(self) -> Iterator["Period"]:
        """Its calendar months, the first and the last cut to what belongs to it."""
        begins = self.first
        while begins <= self.last:
            whole = months_from(begins.year, begins.month, 1)
            yield Period(begins, min(whole.last, self.last))
            begins = whole.last + timedelta(days=1)


def months_from(year: int, month: int, count: int) -> Period:
    last = month + count - 1
    return Period(date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1]))


def parse(text: str) -> Period:
    """``2026``, ``2026-Q4`` or ``2026-11``; ValueError otherwise."""
    year, _, part = text.partition("-")
    if not part:
        return months_from(int(year), 1, 12)
    if part[0] in "Qq":
        quarter = int(part[1:])
        if quarter not in (1, 2, 3, 4):
            raise ValueError(f"there is no quarter {quarter}")
        return months_from(int(year), 3 * quarter - 2, 3)
    if int(part) not in range(1, 13):
        raise ValueError(f"there is no month {part}")
    return months_from(int(year), int(part), 1)

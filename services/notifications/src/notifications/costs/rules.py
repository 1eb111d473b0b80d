"""Months of the centre. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Month:
    """One month of the calendar, in the centre's zone."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str | None) -> "Month | None":
        """``2026-11``; None for anything else."""
        try:
            day = date.fromisoformat(f"{text}-01")
        except ValueError:
            return None
        return cls.of(day) if len(text or "") == 7 and 2000 <= day.year < 3000 else None

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    def before(self, months: int = 1) -> "Month":
        """So many months earlier; later with a negative number."""
        count = self.year * 12 + self.number - 1 - months
        return Month(count // 12, count % 12 + 1)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From its first moment until before that of the next one."""
        first, following = self.first, self.before(-1).first
        return (
            datetime(first.year, first.month, 1, tzinfo=zone),
            datetime(following.year, following.month, 1, tzinfo=zone),
        )

"""When the sample's two campaigns run: the summer that is over, and the winter that is there or comes next."""

from dataclasses import dataclass
from datetime import date, timedelta

_SETTLING = timedelta(days=14)


@dataclass(frozen=True)
class Season:
    """A campaign of the sample. Both days belong to it; by ``settled_on`` all of its cases came to an end."""

    name_zh: str
    name_en: str
    purpose: str
    starts_on: date
    ends_on: date

    @property
    def settled_on(self) -> date:
        return self.ends_on + _SETTLING


def last_summer(today: date) -> Season:
    """June to August of the last year in which that was settled before today."""
    year = today.year if date(today.year, 8, 31) + _SETTLING < today else today.year - 1
    return Season(
        "夏送清凉",
        "Summer coolness",
        "高温期间慰问一线职工，帮助因病因灾遇到困难的职工家庭。",
        date(year, 6, 1),
        date(year, 8, 31),
    )


def next_winter(today: date) -> Season:
    """November to February: the one that today lies in, else the next."""
    year = today.year - 1 if today.month <= 2 else today.year
    return Season(
        "冬送温暖",
        "Winter warmth",
        "岁末寒冬走访慰问，把救助送到生活困难的职工家庭。",
        date(year, 11, 1),
        date(year + 1, 3, 1) - timedelta(days=1),
    )

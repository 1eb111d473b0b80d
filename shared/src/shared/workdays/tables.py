"""The days that differ from a plain week, and the years whose plan is known: the columns that a service's tables have.

A service derives its two models from these and its own ``Base``, and says with ``WorkdayTables`` who may edit them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.database import UnitOfWork


class OfficialYearColumns:
    """The holiday plan of this year is known. ``source``: ``library`` or ``staff``."""

    __tablename__ = "official_years"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(7))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (CheckConstraint("source IN ('library', 'staff')", name="source"),)


class CalendarDayColumns:
    """A day that is worked on although it is a weekend, or free although it is a weekday.

    What staff entered is never overwritten by the library.
    """

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int]
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(7))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint("source IN ('library', 'staff')", name="source"),
            Index("ix_calendar_days_year", "year"),
        )


@dataclass(frozen=True)
class WorkdayTables:
    """One service's calendar. A manager of ``body`` edits it: None is any body, ``ALL_BODIES`` a role for all.

    ``changed`` is called in the transaction of every change, so that what is counted with the calendar moves with it.
    """

    day: type[CalendarDayColumns]
    year: type[OfficialYearColumns]
    body: str | None = None
    changed: Callable[[UnitOfWork], None] | None = None

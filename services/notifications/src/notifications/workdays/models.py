"""The days that differ from a plain week, and the years whose plan is known."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base


class OfficialYear(Base):
    """The holiday plan of this year is known. ``source``: ``library`` or ``staff``."""

    __tablename__ = "official_years"
    __table_args__ = (CheckConstraint("source IN ('library', 'staff')", name="source"),)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(7))


class CalendarDay(Base):
    """A day that is worked on although it is a weekend, or free although it is a weekday.

    What staff entered is never overwritten by the library.
    """

    __tablename__ = "calendar_days"
    __table_args__ = (
        CheckConstraint("source IN ('library', 'staff')", name="source"),
        Index("ix_calendar_days_year", "year"),
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int]
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(7))

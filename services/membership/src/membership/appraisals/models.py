"""Appraisals and their grades. The database counts, and refuses one grade "excellent" too many."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.shares import Share
from shared.database import UtcDateTime, Uuid


class Appraisal(Base):
    """One branch in one year. ``full_members`` and ``excellent`` are counted by triggers as grades are written.

    ``excellent_part`` of ``excellent_whole`` is the share of the full members that may be excellent, as it was the
    office's when the appraisal was opened.
    """

    __tablename__ = "appraisals"
    __table_args__ = (
        UniqueConstraint("organisation_id", "year"),
        CheckConstraint(
            "excellent >= 0 AND excellent * excellent_whole <= full_members * excellent_part", name="excellent"
        ),
        CheckConstraint("(closed_on IS NULL) OR closed_on >= held_on", name="closed"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    held_on: Mapped[date]
    full_members: Mapped[int] = mapped_column(default=0)
    excellent: Mapped[int] = mapped_column(default=0)
    excellent_part: Mapped[int]
    excellent_whole: Mapped[int]
    closed_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    organisation: Mapped[Organisation] = relationship(lazy="selectin")
    grades: Mapped[list["AppraisalGrade"]] = relationship(lazy="selectin", passive_deletes="all")

    @property
    def most_excellent(self) -> int:
        """How many may be excellent, in whole people."""
        return self.limit.most(self.full_members)

    @property
    def limit(self) -> Share:
        """The share of the full members that may be excellent."""
        return Share(self.excellent_part, self.excellent_whole, strict=False)


class AppraisalGrade(Base):
    """Who was on the branch's roll on the day of the appraisal, and their grade. Probationary members have none."""

    __tablename__ = "appraisal_grades"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'probationary-member')", name="role"),
        CheckConstraint(
            "grade IS NULL OR grade IN ('excellent', 'qualified', 'barely-qualified', 'unqualified', 'absent')",
            name="grade",
        ),
        CheckConstraint("role = 'member' OR grade IS NULL", name="probationary"),
    )
    appraisal_id: Mapped[UUID] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str | None] = mapped_column(String(20))
    person: Mapped[Person] = relationship(lazy="selectin")

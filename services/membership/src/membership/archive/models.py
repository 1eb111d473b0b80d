"""Papers of the archive room and their loans. One person proposes a disposal, another one consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class ArchivePaper(Base):
    """A paper or a bundle of a branch. ``keep_until`` None: for ever. Disposal waits until that day is over."""

    __tablename__ = "archive_papers"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("retention IN ('permanent', 'years-30', 'years-10')", name="retention"),
        CheckConstraint("(retention = 'permanent') = (keep_until IS NULL)", name="keep_until"),
        CheckConstraint("state IN ('kept', 'proposed', 'disposed')", name="state"),
        CheckConstraint("(state = 'kept') = (proposed_by_id IS NULL)", name="proposed"),
        CheckConstraint(
            "state = 'kept' OR (proposed_on IS NOT NULL AND keep_until IS NOT NULL AND proposed_on > keep_until)",
            name="ended",
        ),
        CheckConstraint("(state = 'disposed') = (disposed_by_id IS NOT NULL)", name="disposed"),
        CheckConstraint("disposed_by_id IS NULL OR disposed_by_id <> proposed_by_id", name="two_people"),
        Index("ix_archive_papers_organisation", "organisation_id", "dated_on"),
        Index("ix_archive_papers_keep_until", "state", "keep_until"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(String(200))
    dated_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(120))
    retention: Mapped[str] = mapped_column(String(10))
    keep_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10))
    proposed_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    proposed_by: Mapped[str | None] = mapped_column(String(120))
    proposed_on: Mapped[date | None]
    disposed_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    disposed_by: Mapped[str | None] = mapped_column(String(120))
    disposed_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    organisation: Mapped[Organisation] = relationship(lazy="selectin")
    loans: Mapped[list["ArchiveLoan"]] = relationship(
        lazy="selectin", back_populates="paper", order_by="ArchiveLoan.id.desc()"
    )

    @property
    def loan(self) -> "ArchiveLoan | None":
        """The loan that goes on."""
        return next((one for one in self.loans if one.returned_on is None), None)


class ArchiveLoan(Base):
    """A paper is with somebody until they bring it back; it is with one person at a time."""

    __tablename__ = "archive_loans"
    __table_args__ = (
        CheckConstraint("due_on >= lent_on", name="due"),
        CheckConstraint("returned_on IS NULL OR returned_on >= lent_on", name="returned"),
        Index(
            "uq_archive_loans_open",
            "paper_id",
            unique=True,
            postgresql_where=text("returned_on IS NULL"),
            sqlite_where=text("returned_on IS NULL"),
        ),
        Index("ix_archive_loans_due", "returned_on", "due_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("archive_papers.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(200))
    lent_on: Mapped[date]
    due_on: Mapped[date]
    returned_on: Mapped[date | None]
    lent_by: Mapped[str] = mapped_column(String(120))
    person: Mapped[Person] = relationship(lazy="selectin")
    paper: Mapped[ArchivePaper] = relationship(lazy="selectin", back_populates="loans")


class ArchiveNumber(Base):
    """The last register number of a year."""

    __tablename__ = "archive_numbers"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]

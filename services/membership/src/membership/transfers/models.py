"""Transfers. One at a time is pending for a person; the database holds that."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class Transfer(Base):
    """From a branch to a branch. A branch elsewhere has no record here and is a ``place`` in words.

    ``verify_code`` is what the letter's QR code says; whoever has the letter may look whether it is genuine.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        UniqueConstraint("letter_number"),
        UniqueConstraint("verify_code"),
        CheckConstraint("state IN ('requested', 'accepted', 'returned', 'withdrawn')", name="state"),
        CheckConstraint("(from_organisation_id IS NULL) = (from_place IS NOT NULL)", name="from"),
        CheckConstraint("(to_organisation_id IS NULL) = (to_place IS NOT NULL)", name="to"),
        CheckConstraint("from_organisation_id IS NOT NULL OR to_organisation_id IS NOT NULL", name="ours"),
        CheckConstraint("from_organisation_id <> to_organisation_id", name="moves"),
        CheckConstraint("(state = 'accepted') = (accepted_on IS NOT NULL)", name="accepted"),
        CheckConstraint("valid_until >= requested_on", name="valid"),
        Index(
            "uq_transfers_pending",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'requested'"),
            sqlite_where=text("state = 'requested'"),
        ),
        Index("ix_transfers_state", "state", "valid_until"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    from_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    from_place: Mapped[str | None] = mapped_column(String(120))
    to_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    to_place: Mapped[str | None] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    requested_on: Mapped[date]
    valid_until: Mapped[date]
    accepted_on: Mapped[date | None]
    letter_number: Mapped[str] = mapped_column(String(20))
    verify_code: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(String(300))
    requested_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")
    source: Mapped[Organisation | None] = relationship(lazy="selectin", foreign_keys=[from_organisation_id])
    target: Mapped[Organisation | None] = relationship(lazy="selectin", foreign_keys=[to_organisation_id])

    def source_name(self, language: str) -> str:
        return self.source.name(language) if self.source else self.from_place or ""

    def target_name(self, language: str) -> str:
        return self.target.name(language) if self.target else self.to_place or ""


class LetterNumber(Base):
    """The last letter number of a year."""

    __tablename__ = "letter_numbers"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]

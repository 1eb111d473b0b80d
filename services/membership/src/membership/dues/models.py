"""Bases, waivers, assessments and payments of dues. What was paid can never exceed what was assessed."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import Fen, UtcDateTime, Uuid


class DuesBase(Base):
    """What somebody's dues are reckoned from, from a month on until the next entry. ``base`` is income after tax."""

    __tablename__ = "dues_bases"
    __table_args__ = (
        UniqueConstraint("person_id", "from_month"),
        CheckConstraint("base >= 0", name="base"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    from_month: Mapped[date]
    category: Mapped[str] = mapped_column(String(12))
    base: Mapped[Decimal] = mapped_column(Fen)
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DuesWaiver(Base):
    """Hardship: from ``first`` to ``last`` month at most ``reduced_to`` is asked for. Two never overlap."""

    __tablename__ = "dues_waivers"
    __table_args__ = (
        CheckConstraint("last_month >= first_month", name="months"),
        CheckConstraint("reduced_to >= 0", name="reduced_to"),
        Index("ix_dues_waivers_person", "person_id", "first_month"),
        Index("ix_dues_waivers_last_month", "last_month"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    first_month: Mapped[date]
    last_month: Mapped[date]
    reduced_to: Mapped[Decimal] = mapped_column(Fen)
    decided_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")


class DuesAssessment(Base):
    """What one member owes for one month; the pair of person and month is there once, however often it is generated."""

    __tablename__ = "dues_assessments"
    __table_args__ = (
        UniqueConstraint("person_id", "month"),
        CheckConstraint("amount >= 0 AND paid >= 0 AND paid <= amount", name="paid"),
        Index("ix_dues_assessments_month", "month", "organisation_id"),
        Index("ix_dues_assessments_organisation", "organisation_id", "month"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    month: Mapped[date]
    category: Mapped[str] = mapped_column(String(12))
    base: Mapped[Decimal] = mapped_column(Fen)
    amount: Mapped[Decimal] = mapped_column(Fen)
    paid: Mapped[Decimal] = mapped_column(Fen)
    rates: Mapped[str] = mapped_column(String(10))
    waiver_id: Mapped[UUID | None] = mapped_column(ForeignKey("dues_waivers.id"))
    paid_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")
    organisation: Mapped[Organisation] = relationship(lazy="selectin")

    @property
    def open(self) -> Decimal:
        """What is still to pay."""
        return self.amount - self.paid


class DuesPayment(Base):
    """Money that a branch received and keeps. ``number`` is the receipt's, ``reference`` the payer's.

    A payment that was entered wrongly is not removed: it is marked as reversed and keeps its number. Its reference
    moves to ``reversed_reference``, so that the same transfer can be entered where it belongs.
    """

    __tablename__ = "dues_payments"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("reference"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(reversed_on IS NULL) = (reversal_reason IS NULL)", name="reversed"),
        CheckConstraint("reversed_on IS NULL OR reference IS NULL", name="reversed_reference"),
        Index("ix_dues_payments_person", "person_id", "paid_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    amount: Mapped[Decimal] = mapped_column(Fen)
    paid_on: Mapped[date]
    method: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str | None] = mapped_column(String(60))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reversed_on: Mapped[date | None]
    reversed_by: Mapped[str | None] = mapped_column(String(120))
    reversed_reference: Mapped[str | None] = mapped_column(String(60))
    reversal_reason: Mapped[str | None] = mapped_column(String(300))
    person: Mapped[Person] = relationship(lazy="selectin")
    organisation: Mapped[Organisation] = relationship(lazy="selectin")
    lines: Mapped[list["DuesPaymentLine"]] = relationship(lazy="selectin")


class DuesPaymentLine(Base):
    """Which part of a payment went to which month."""

    __tablename__ = "dues_payment_lines"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("dues_payments.id"), primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("dues_assessments.id"), primary_key=True, index=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    assessment: Mapped[DuesAssessment] = relationship(lazy="selectin")


class DuesReceiptNumber(Base):
    """The last receipt number of a year."""

    __tablename__ = "dues_receipt_numbers"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]

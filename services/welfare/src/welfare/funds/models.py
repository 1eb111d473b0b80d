"""Funds and their ledger. Amounts are yuan in code and whole fen in the database."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Fen, UtcDateTime, Uuid
from shared.texts import N_
from welfare.base import WALLED, Base

_BODY = "body IN ('party', 'union', 'league', 'women', '*')"


class Fund(Base):
    """Money with a purpose, of one body or of the whole centre (``*``).

    ``reserved`` is promised by approvals and not paid yet, ``spent`` is paid. The database keeps
    ``reserved + spent <= budget``.
    """

    __tablename__ = "funds"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(_BODY, name="body"),
        CheckConstraint("budget >= 0", name="budget"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("spent >= 0", name="spent"),
        CheckConstraint("reserved + spent <= budget", name="not_overspent"),
        {"info": WALLED},
    )
    noun = N_("fund")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(String(10))
    budget: Mapped[Decimal] = mapped_column(Fen)
    reserved: Mapped[Decimal] = mapped_column(Fen, default=Decimal(0))
    spent: Mapped[Decimal] = mapped_column(Fen, default=Decimal(0))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def available(self) -> Decimal:
        """What may still be promised."""
        return self.budget - self.reserved - self.spent


class FundEntry(Base):
    """One line of the ledger, never changed and never deleted: triggers refuse both.

    ``body`` is that of the case the line belongs to. Money that comes back (release, reversal) is negative.
    """

    __tablename__ = "fund_entries"
    __table_args__ = (
        CheckConstraint(_BODY, name="body"),
        CheckConstraint("kind IN ('budget', 'reservation', 'release', 'payment', 'reversal')", name="kind"),
        CheckConstraint("CASE WHEN kind IN ('release', 'reversal') THEN amount < 0 ELSE amount > 0 END", name="sign"),
        CheckConstraint("(kind = 'budget') = (application_id IS NULL)", name="application_id"),
        Index("ix_fund_entries_fund_id", "fund_id", "id"),
        Index("ix_fund_entries_application_id", "application_id"),
        {"info": WALLED},
    )
    noun = N_("ledger entry")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("funds.id"))
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Fen)
    body: Mapped[str] = mapped_column(String(10))
    application_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[str | None] = mapped_column(String(20))
    day: Mapped[date]
    by_name: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

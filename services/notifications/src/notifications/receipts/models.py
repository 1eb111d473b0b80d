"""Receipts that came before we knew the provider's number of their message."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid


class EarlyReceipt(Base):
    """A final receipt whose `serial` fits no message yet; it is kept for some days and taken when one does."""

    __tablename__ = "early_receipts"
    __table_args__ = (
        UniqueConstraint("provider", "serial"),
        CheckConstraint("state IN ('delivered', 'undelivered')", name="state"),
        Index("ix_early_receipts_taken_at", "taken_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    serial: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)

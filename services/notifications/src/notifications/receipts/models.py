"""What came back and is kept: early receipts, mails that came back for now, and the state of the bounce mailbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid


class EarlyReceipt(Base):
    """A final receipt whose `serial` fits no message yet; it is kept for some days and taken when one does.

    `unreachable` means that nobody is at that number.
    """

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
    unreachable: Mapped[bool] = mapped_column(default=False, server_default=false())
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SoftBounce(Base):
    """A mail that came back for now, counted once however often its server reports."""

    __tablename__ = "soft_bounces"
    __table_args__ = (Index("ix_soft_bounces_address", "address", "at"),)
    message_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class BounceMailbox(Base):
    """When a mailbox was last read, how many bounces came out of it in all, and what went wrong last."""

    __tablename__ = "bounce_mailboxes"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code: Mapped[str] = mapped_column(String(80), default="")

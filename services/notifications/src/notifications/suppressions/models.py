"""Addresses that are not written to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid

_IN_FORCE = text("lifted_at IS NULL")


class Suppression(Base):
    """One address of one channel that is left alone from `since` until it is lifted.

    `reason`: bounced, unreachable (the gateway says so) or by-staff. One that was lifted stays as a record.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        Index(
            "uq_suppressions_in_force",
            "channel",
            "address",
            unique=True,
            postgresql_where=_IN_FORCE,
            sqlite_where=_IN_FORCE,
        ),
        Index("ix_suppressions_person", "person_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(120))

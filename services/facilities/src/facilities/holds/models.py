"""A hold's head: who asked, for which version of what, and until when. What it holds are occupancy rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from facilities.tables import Base
from shared.database import Json, UtcDateTime, Uuid

_LIVE = text("state IN ('held', 'confirmed')")


class Hold(Base):
    """What one request for places led to. One row a (source, request, version), so a repeated event changes nothing.

    ``state``: held (until ``expires_at``), confirmed (cannot expire), refused, expired, cancelled, replaced.
    """

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("source", "request_id", "request_version"),
        CheckConstraint("state IN ('held', 'confirmed', 'refused', 'expired', 'cancelled', 'replaced')", name="state"),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="expires_at"),
        Index("uq_holds_live", "source", "request_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index(
            "ix_holds_expires_at",
            "expires_at",
            postgresql_where=text("state = 'held'"),
            sqlite_where=text("state = 'held'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[UUID] = mapped_column(Uuid)
    request_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confidential: Mapped[bool]
    title: Mapped[str | None] = mapped_column(String(200))
    title_en: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(String(12))
    reasons: Mapped[Any] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def requested_by(self) -> dict[str, Any]:
        """Whose request this is, as events say it."""
        return {"source": self.source, "id": self.request_id, "version": self.request_version}

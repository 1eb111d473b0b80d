"""Requests for erasure, and what keeps an erased person from coming back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid

_OPEN = text("state = 'requested'")


class Erasure(Base):
    """``reason`` is why, without personal data; it stays. Who asked is not who confirms, also under another account:
    ``…_person`` is whom the account belongs to, where it is said."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'done', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'done' OR decided_by <> requested_by", name="four_eyes"),
        CheckConstraint(
            "state <> 'done' OR requested_by_person IS NULL OR decided_by_person IS NULL"
            " OR decided_by_person <> requested_by_person",
            name="two_persons",
        ),
        Index("uq_erasures_open", "person_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_erasures_state", "state", "requested_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_by_name: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by_person: Mapped[UUID | None] = mapped_column(Uuid)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decided_by_person: Mapped[UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(String(300))
    version: Mapped[int] = mapped_column(default=1)


class ErasedKey(Base):
    """Blind indexes of what an import would know the person by: equality alone, unreadable without the key."""

    __tablename__ = "erased_keys"
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.id"), primary_key=True)

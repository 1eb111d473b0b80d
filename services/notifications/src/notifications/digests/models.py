"""Which rules collect, and the windows in which they do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid

_IS_OPEN = text("closed_at IS NULL")


class DigestSetting(Base):
    """For how many minutes a rule collects before it writes; 0, or no row: it writes at once."""

    __tablename__ = "digest_settings"
    __table_args__ = (CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),)
    rule_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    minutes: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DigestWindow(Base):
    """What one rule tells one recipient is collected from `opened_at` until a timer closes it, at or after `closes_at`.

    There is at most one that is open; who adds a line holds its row until the end of the transaction, and so does the
    timer: a line is in the window before it closes, or in the next one. `body` is empty for what belongs to nobody.
    The notice of the digest that comes of it has the id of the window.
    """

    __tablename__ = "digest_windows"
    __table_args__ = (
        Index(
            "uq_digest_windows_open", "rule_key", "person_id", "body", unique=True,
            postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN,
        ),
        Index("ix_digest_windows_closes_at", "closes_at", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    rule_key: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    body: Mapped[str] = mapped_column(String(10))
    lines: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

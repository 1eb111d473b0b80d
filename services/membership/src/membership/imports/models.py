"""Uploaded files. Their content is kept sealed until they are imported or given up, then removed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid


class Import(Base):
    """``state``: waiting (for somebody to confirm), imported, or given-up. ``digest`` is the SHA-256 of the file.

    ``bodies``: those of which the uploader was an officer, in the order of their names with commas between. None, as
    before that was kept, counts as all of them.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'imported', 'given-up')", name="state"),
        CheckConstraint("(state = 'waiting') = (content_sealed IS NOT NULL)", name="content"),
        Index("ix_imports_waiting", "state", "uploaded_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    row_count: Mapped[int] = mapped_column(default=0)
    registered_count: Mapped[int] = mapped_column(default=0)
    started_count: Mapped[int] = mapped_column(default=0)
    uploaded_by: Mapped[str] = mapped_column(String(120))
    bodies: Mapped[str | None] = mapped_column(String(40))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

"""Template versions: never changed, only followed by newer ones."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid


class TemplateVersion(Base):
    """What a template says on one channel in one language. The highest version is the one in use."""

    __tablename__ = "templates"
    __table_args__ = (
        UniqueConstraint("key", "channel", "language", "version"),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint("language IN ('zh-Hans', 'en')", name="language"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))

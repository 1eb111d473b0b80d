"""Template versions: never changed, only followed by newer ones; and the draft of the next one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class TemplateVersion(Base):
    """What a template says on one channel in one language. The highest version is the one in use.

    `restored_from` is the version whose text it brought back. Keys that begin with ``test:`` are copies that staff sent
    to themselves.
    """

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
    restored_from: Mapped[int | None]


class TemplateDraft(Base):
    """What the next version of a template is to say; one at a time, and gone when it is published.

    `follows` is the version in use when the draft was begun, 0 where there was none. `approvals` are the codes of the
    providers, as `wording.approvals` writes them.
    """

    __tablename__ = "template_drafts"
    __table_args__ = (
        UniqueConstraint("key", "channel", "language"),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint("language IN ('zh-Hans', 'en')", name="language"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    approvals: Mapped[Any] = mapped_column(Json)
    follows: Mapped[int]
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(120))

"""Organisations. Their kind and body never change; their place under a parent may."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid


class Organisation(Base):
    """``code`` is what people call it by in files; ``body`` is None for enterprises, the centre and its stations."""

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("credit_code"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent"),
        CheckConstraint("body IS NULL OR body IN ('party', 'union', 'league', 'women')", name="body"),
        CheckConstraint("name_zh <> '' AND name_en <> ''", name="names"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[str | None] = mapped_column(String(10))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def name(self, language: str) -> str:
        """The name in the reader's language (``zh-Hans`` or ``en``)."""
        return self.name_zh if language.startswith("zh") else self.name_en

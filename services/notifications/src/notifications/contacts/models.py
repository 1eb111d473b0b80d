"""Contact details as membership last told them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class Contact(Base):
    """How one person is reached. A person with `guardians` is a child: those are written to instead."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_phone", "phone"),)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    guardians: Mapped[Any] = mapped_column(Json)
    sample: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def address(self, channel: str) -> str | None:
        """Where this person gets messages of a channel, or None."""
        return self.phone if channel == "sms" else self.email


class Organisation(Base):
    """An organisation: its names, for messages that speak of it, and where it stands, for those who write to it.

    `body` is None for what belongs to no body. `active` is None where only an earlier release heard of it.
    """

    __tablename__ = "organisations"
    __table_args__ = (Index("ix_organisations_parent", "parent_id"),)
    organisation_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    body: Mapped[str | None] = mapped_column(String(10))
    active: Mapped[bool | None]

    def name(self, language: str) -> str:
        """Its name for a reader of ``zh-Hans`` or ``en``."""
        return self.name_zh if language == "zh-Hans" else self.name_en

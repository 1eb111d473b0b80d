"""Short links to the preferences of one person each, and since when older ones lead nowhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid


class PreferenceLink(Base):
    """A link that staff had made; messages carry links of their own, of which nothing is kept."""

    __tablename__ = "preference_links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_preference_links_person", "person_id"),
        Index("ix_preference_links_expires_at", "expires_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LinkRevocation(Base):
    """Short links of a person that were made before `revoked_at` lead nowhere."""

    __tablename__ = "link_revocations"
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str] = mapped_column(String(120))

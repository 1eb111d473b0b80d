"""Resources: a room (one at a time) or a pool of equal units (as many at a time as there are)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from facilities.naming import BilingualName
from facilities.occupancy.rules import Place, weekly_hours
from facilities.tables import Base
from shared.database import Json, UtcDateTime, Uuid

KINDS = ("room", "equipment", "books")


class Resource(Base):
    """What can be taken. ``exclusive`` is true for rooms; ``quantity`` counts the units of a pool (1 for a room).

    ``minutes_before`` and ``minutes_after`` are blocked around each use. ``opening`` has seven entries, Monday
    first, each ``["08:00", "21:00"]`` or null for a closed day, on the wall clock of ``time_zone``; null as a whole
    means always open.
    """

    __tablename__ = "resources"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("id", "exclusive"),
        CheckConstraint("kind IN ('room', 'equipment', 'books')", name="kind"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("exclusive = (kind = 'room')", name="exclusive"),
        CheckConstraint("NOT exclusive OR quantity = 1", name="one_room"),
        CheckConstraint("capacity IS NULL OR (exclusive AND capacity >= 1)", name="capacity"),
        CheckConstraint("minutes_before >= 0 AND minutes_after >= 0", name="turnaround"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    subject_zh: Mapped[str | None] = mapped_column(String(60))
    subject_en: Mapped[str | None] = mapped_column(String(60))
    capacity: Mapped[int | None]
    quantity: Mapped[int]
    exclusive: Mapped[bool]
    confidential: Mapped[bool]
    needs_approval: Mapped[bool]
    after_hours_needs_duty: Mapped[bool]
    minutes_before: Mapped[int]
    minutes_after: Mapped[int]
    opening: Mapped[Any] = mapped_column(Json, nullable=True)
    time_zone: Mapped[str] = mapped_column(String(40))
    active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]

    @property
    def name(self) -> BilingualName:
        return BilingualName(self.name_zh, self.name_en)

    @property
    def subject(self) -> BilingualName:
        """What books of this title are about; empty for other things."""
        return BilingualName(self.subject_zh or "", self.subject_en or "")

    @property
    def place(self) -> Place:
        """What the rules of occupancy need to know about it."""
        return Place(
            id=self.id,
            code=self.code,
            name_zh=self.name_zh,
            name_en=self.name_en,
            exclusive=self.exclusive,
            quantity=self.quantity,
            capacity=self.capacity,
            minutes_before=self.minutes_before,
            minutes_after=self.minutes_after,
            hours=weekly_hours(self.opening),
            time_zone=self.time_zone,
            confidential=self.confidential,
            active=self.active,
        )

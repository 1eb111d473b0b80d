"""Rules that staff edit."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.preferences.rules import AFFAIRS
from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class Rule(Base):
    """One rule. `event_type` is `<service>.<noun>.<verb>`; `condition` holds values that the event must have.

    `category` is what recipients may switch off, where it is an optional one.
    """

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("lane IN ('urgent', 'normal', 'bulk')", name="lane"),
        CheckConstraint("fresh_hours > 0 AND longest_hours > 0", name="hours"),
        Index("ix_rules_event_type", "event_type"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    event_type: Mapped[str] = mapped_column(String(80))
    condition: Mapped[Any] = mapped_column(Json)
    template_key: Mapped[str] = mapped_column(String(60))
    channels: Mapped[Any] = mapped_column(Json)
    lane: Mapped[str] = mapped_column(String(10))
    passes_quiet_hours: Mapped[bool]
    fresh_hours: Mapped[int]
    longest_hours: Mapped[int]
    category: Mapped[str] = mapped_column(String(20), default=AFFAIRS, server_default=AFFAIRS)
    active: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def freshness(self) -> timedelta:
        """How old an event may be and still be told."""
        return timedelta(hours=self.fresh_hours)

    @property
    def longest(self) -> timedelta:
        """How long a message is worth sending when its subject has no time of its own."""
        return timedelta(hours=self.longest_hours)

    def applies_to(self, facts: dict[str, Any]) -> bool:
        """Whether the event's facts have every value of the condition."""
        return all(facts.get(name) == wanted for name, wanted in self.condition.items())

"""Rules of reminders, and what became of each."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.preferences.rules import AFFAIRS
from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class ReminderRule(Base):
    """How long before its beginning people are reminded of a `kind` of subject (`<service>.<noun>`).

    `apart_minutes` is the least time between being told of a time and being reminded of it: who was told later is not
    reminded. What was due before `since` (when the rule was made, changed or switched on) is left out as well.
    `passes_reason` says why its reminders pass the quiet hours.
    """

    __tablename__ = "reminder_rules"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("lane IN ('urgent', 'normal', 'bulk')", name="lane"),
        CheckConstraint("minutes_before BETWEEN 5 AND 43200", name="minutes_before"),
        CheckConstraint("apart_minutes BETWEEN 0 AND 43200", name="apart_minutes"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    minutes_before: Mapped[int]
    apart_minutes: Mapped[int]
    template_key: Mapped[str] = mapped_column(String(60))
    channels: Mapped[Any] = mapped_column(Json)
    lane: Mapped[str] = mapped_column(String(10))
    passes_quiet_hours: Mapped[bool]
    passes_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    category: Mapped[str] = mapped_column(String(20), default=AFFAIRS)
    active: Mapped[bool]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.minutes_before)

    @property
    def apart(self) -> timedelta:
        return timedelta(minutes=self.apart_minutes)


class Reminder(Base):
    """Somebody was reminded, or left out, of one subject at one time and place by one rule: once, whoever tries.

    `version` is the subject's version that said the time. `state`: made or left-out, `reason` why.
    """

    __tablename__ = "reminders"
    __table_args__ = (CheckConstraint("state IN ('made', 'left-out')", name="state"),)
    subject: Mapped[str] = mapped_column(ForeignKey("subjects.subject"), primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("reminder_rules.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

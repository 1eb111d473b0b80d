"""When the things take place that people are told of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class Subject(Base):
    """Something at a time that people take part in. `kind` is `<service>.<noun>`, `version` that of the last event.

    `state`: coming; uncertain (people wait for a place, or for a room); ended (cancelled or deleted), which is a
    tombstone: no event brings it back, however late it comes. `told_at` is when its people were told of its time and
    place, None where only a snapshot spoke of it. `facts`, `people` and `body` are as in a notice, and so is what is
    kept of the event that last changed it.
    """

    __tablename__ = "subjects"
    __table_args__ = (
        CheckConstraint("state IN ('coming', 'uncertain', 'ended')", name="state"),
        Index("ix_subjects_coming", "kind", "state", "starts_at"),
        Index("ix_subjects_starts_at", "starts_at"),
    )
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    people: Mapped[Any] = mapped_column(Json)
    facts: Mapped[Any] = mapped_column(Json)
    body: Mapped[str | None] = mapped_column(String(10))
    event_id: Mapped[UUID] = mapped_column(Uuid)
    event_time: Mapped[datetime] = mapped_column(UtcDateTime)
    correlation_id: Mapped[str] = mapped_column(String(80))
    traceparent: Mapped[str | None] = mapped_column(String(60))

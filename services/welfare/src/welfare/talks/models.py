"""Talks. The note is not in here: see welfare.confidential."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Json, UtcDateTime, Uuid
from shared.texts import N_
from welfare.base import WALLED, Base, one_of_the_bodies


class Talk(Base):
    """One talk of one person with one member of staff. ``ends_at`` is the first moment that is free again.

    ``refusals`` says why there is no place at the time asked for: reasons and other times, as facilities gave them.
    """

    __tablename__ = "talks"
    __table_args__ = (
        one_of_the_bodies(),
        CheckConstraint("state IN ('requested', 'unplaced', 'scheduled', 'held', 'cancelled')", name="state"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("(state = 'held') = (outcome IS NOT NULL)", name="outcome_when_held"),
        CheckConstraint("origin IN ('appointment', 'walk-in')", name="origin"),
        Index("ix_talks_body_starts_at", "body", "starts_at"),
        Index("ix_talks_person_id", "person_id"),
        {"info": WALLED},
    )
    noun = N_("talk")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    officer_id: Mapped[UUID | None] = mapped_column(Uuid)
    officer_name: Mapped[str] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    request_version: Mapped[int] = mapped_column(default=0)
    announced: Mapped[bool] = mapped_column(default=False)
    place_zh: Mapped[str | None] = mapped_column(String(120))
    place_en: Mapped[str | None] = mapped_column(String(120))
    refusals: Mapped[Any | None] = mapped_column(Json)
    outcome: Mapped[str | None] = mapped_column(String(12))
    follow_up_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

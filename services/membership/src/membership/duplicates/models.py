"""Decisions about pairs of records."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid
from shared.database.types import Json


class DistinctPair(Base):
    """Somebody looked: these two are not the same person, and may not be merged while that stands."""

    __tablename__ = "distinct_pairs"
    __table_args__ = (CheckConstraint("first_id < second_id", name="order"),)
    first_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    second_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    reason: Mapped[str] = mapped_column(String(300))
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonMerge(Base):
    """The record ``person_id`` was merged into ``into_id``, once and for good. ``counts`` says what was moved."""

    __tablename__ = "person_merges"
    __table_args__ = (CheckConstraint("person_id <> into_id", name="two"),)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    into_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    reason: Mapped[str] = mapped_column(String(300))
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    merged_by: Mapped[str] = mapped_column(String(120))
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def id(self) -> UUID:
        """A merge is known by the id that it ended."""
        return self.person_id

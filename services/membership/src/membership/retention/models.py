"""Runs of retention and what each of them marked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid

_LIVE = text("state = 'marked'")


class RetentionRun(Base):
    """``marked`` until ``final_from``, when a timer removes what was marked; until then it can be undone."""

    __tablename__ = "retention_runs"
    __table_args__ = (
        CheckConstraint("state IN ('marked', 'undone', 'done')", name="state"),
        CheckConstraint("(state = 'marked') = (ended_at IS NULL)", name="ended"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    over_cap: Mapped[bool]
    started_by: Mapped[str] = mapped_column(String(120))
    started_by_key: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    final_from: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class RetentionMark(Base):
    """One record of a run. ``kept``: when its time had come, something stood against removing it."""

    __tablename__ = "retention_marks"
    __table_args__ = (
        CheckConstraint("rule IN ('people', 'files', 'imports')", name="rule"),
        CheckConstraint("state IN ('marked', 'undone', 'removed', 'kept')", name="state"),
        Index("uq_retention_marks_live", "rule", "subject_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("retention_runs.id"), index=True)
    rule: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID] = mapped_column(Uuid)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10))

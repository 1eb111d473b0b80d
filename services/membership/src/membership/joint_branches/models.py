"""Which units a joint branch is made of."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from shared.database import UtcDateTime, Uuid


class JoinedUnit(Base):
    """A unit belongs to a branch that it shares with others; to one at a time. ``end_on`` is the day after the last."""

    __tablename__ = "joined_units"
    __table_args__ = (
        CheckConstraint("unit_id <> branch_id", name="itself"),
        CheckConstraint("end_on IS NULL OR end_on > start_on", name="period"),
        Index(
            "uq_joined_units_open",
            "unit_id",
            unique=True,
            postgresql_where=text("end_on IS NULL"),
            sqlite_where=text("end_on IS NULL"),
        ),
        Index("ix_joined_units_branch", "branch_id", "end_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unit: Mapped[Organisation] = relationship(lazy="selectin", foreign_keys=[unit_id])
    branch: Mapped[Organisation] = relationship(lazy="selectin", foreign_keys=[branch_id])

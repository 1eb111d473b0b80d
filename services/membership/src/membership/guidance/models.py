"""Visits to branches and their findings."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from shared.database import UtcDateTime, Uuid


class GuidanceVisit(Base):
    """Somebody of the Party office visited a branch."""

    __tablename__ = "guidance_visits"
    __table_args__ = (Index("ix_guidance_visits_organisation", "organisation_id", "visited_on"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    visited_on: Mapped[date]
    visitors: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(2000))
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    organisation: Mapped[Organisation] = relationship(lazy="selectin")
    findings: Mapped[list["GuidanceFinding"]] = relationship(
        lazy="selectin", back_populates="visit", order_by="GuidanceFinding.due_on, GuidanceFinding.id"
    )


class GuidanceFinding(Base):
    """What was found, what is to be done about it and by when, and what was done."""

    __tablename__ = "guidance_findings"
    __table_args__ = (
        CheckConstraint("finding <> '' AND action <> ''", name="texts"),
        CheckConstraint("(done_on IS NULL) = (outcome IS NULL)", name="done"),
        Index("ix_guidance_findings_visit_id", "visit_id"),
        Index("ix_guidance_findings_open", "done_on", "due_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("guidance_visits.id"))
    finding: Mapped[str] = mapped_column(String(500))
    action: Mapped[str] = mapped_column(String(500))
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(String(500))
    done_by: Mapped[str | None] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    visit: Mapped[GuidanceVisit] = relationship(lazy="selectin", back_populates="findings")

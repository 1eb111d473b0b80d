"""Stays of members away from their own branch."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class FloatingStay(Base):
    """Home and host are branches here, or places in words. A stay is complete once both ends have registered it."""

    __tablename__ = "floating_stays"
    __table_args__ = (
        CheckConstraint("(home_organisation_id IS NULL) = (home_place IS NOT NULL)", name="home"),
        CheckConstraint("(host_organisation_id IS NULL) = (host_place IS NOT NULL)", name="host"),
        CheckConstraint("home_organisation_id IS NOT NULL OR host_organisation_id IS NOT NULL", name="ours"),
        CheckConstraint("home_organisation_id <> host_organisation_id", name="away"),
        CheckConstraint("expected_until > started_on", name="expected"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ended"),
        Index(
            "uq_floating_stays_open",
            "person_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
            sqlite_where=text("ended_on IS NULL"),
        ),
        Index("ix_floating_stays_host", "host_organisation_id", "ended_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    home_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    home_place: Mapped[str | None] = mapped_column(String(120))
    host_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    host_place: Mapped[str | None] = mapped_column(String(120))
    started_on: Mapped[date]
    expected_until: Mapped[date]
    ended_on: Mapped[date | None]
    home_registered_on: Mapped[date | None]
    host_registered_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")
    home: Mapped[Organisation | None] = relationship(lazy="selectin", foreign_keys=[home_organisation_id])
    host: Mapped[Organisation | None] = relationship(lazy="selectin", foreign_keys=[host_organisation_id])

    statements: Mapped[list["FloatingStatement"]] = relationship(
        lazy="selectin", order_by="FloatingStatement.first_on, FloatingStatement.id"
    )

    def home_name(self, language: str) -> str:
        return self.home.name(language) if self.home else self.home_place or ""

    def host_name(self, language: str) -> str:
        return self.host.name(language) if self.host else self.host_place or ""


class FloatingStatement(Base):
    """What the host elsewhere wrote about a member of ours: from one day to another, so many meetings attended."""

    __tablename__ = "floating_statements"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="period"),
        CheckConstraint("received_on >= last_on", name="received"),
        CheckConstraint("attended >= 0", name="attended"),
        Index("ix_floating_statements_stay", "stay_id", "first_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    stay_id: Mapped[UUID] = mapped_column(ForeignKey("floating_stays.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    received_on: Mapped[date]
    attended: Mapped[int]
    place: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

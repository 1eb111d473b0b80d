"""Memberships as periods. The database forbids overlaps and changes in place; see the first migration."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class Membership(Base):
    """A person holds a role in an organisation from ``start_on`` to the day before ``end_on`` (None: until further).

    ``body`` is the organisation's. Person, organisation, role and start never change: end one, start another.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("end_on IS NULL OR end_on > start_on", name="period"),
        Index("ix_memberships_person", "person_id", "start_on"),
        Index("ix_memberships_organisation", "organisation_id", "end_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    body: Mapped[str | None] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(40))
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")
    organisation: Mapped[Organisation] = relationship(lazy="selectin")

"""Households, who belongs to them, and who is whose guardian."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class Household(Base):
    """People who live together. ``name`` is how the reception desk calls them."""

    __tablename__ = "households"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    members: Mapped[list["HouseholdMember"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="HouseholdMember.part, HouseholdMember.person_id"
    )


class HouseholdMember(Base):
    """A person lives in one household at a time. ``part`` is ``adult`` or ``child``."""

    __tablename__ = "household_members"
    __table_args__ = (UniqueConstraint("person_id"), CheckConstraint("part IN ('adult', 'child')", name="part"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(5))
    person: Mapped[Person] = relationship(lazy="selectin")


class Guardianship(Base):
    """Somebody who answers for a child. A guardian need not live in the child's household."""

    __tablename__ = "guardianships"
    __table_args__ = (CheckConstraint("child_id <> guardian_id", name="own"),)
    child_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

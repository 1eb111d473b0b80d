"""Memberships, registrations, activities, shifts and duties as the other services last told them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class KnownMembership(Base):
    """One person in one organisation from `start_on` until before `end_on`."""

    __tablename__ = "known_memberships"
    __table_args__ = (Index("ix_known_memberships_organisation", "organisation_id"),)
    membership_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    start_on: Mapped[date]
    end_on: Mapped[date | None]


class KnownRegistration(Base):
    """One person's registration for one session. `state`: confirmed, waitlisted or cancelled."""

    __tablename__ = "known_registrations"
    __table_args__ = (Index("ix_known_registrations_activity", "activity_id", "state"),)
    registration_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(Uuid)
    session_id: Mapped[UUID] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(12))


class KnownActivity(Base):
    """What an activity is called, which bodies hold it, and when its last session ends."""

    __tablename__ = "known_activities"
    activity_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    bodies: Mapped[Any] = mapped_column(Json)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KnownShift(Base):
    """A shift of the duty roster: what it is called, whose it is, from when until before when."""

    __tablename__ = "known_shifts"
    __table_args__ = (Index("ix_known_shifts_ends_at", "ends_at"),)
    shift_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled: Mapped[bool]


class KnownDuty(Base):
    """One person on one shift, at the shift's times; `released` once they are not on it any more."""

    __tablename__ = "known_duties"
    __table_args__ = (
        Index("ix_known_duties_shift", "shift_id", "released"),
        Index("ix_known_duties_ends_at", "ends_at"),
    )
    duty_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released: Mapped[bool]

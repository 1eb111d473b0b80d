"""Tables of activities: what is planned, when, by which bodies, and which place it has or waits for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activities.activity.rules import Need, Plan, SessionPlan
from activities.base import Base
from shared.database import Json, UtcDateTime, Uuid

STATES = ("draft", "placing", "published", "cancelled", "completed")


class Activity(Base):
    """An activity.

    ``request_version`` counts the requests for a place; ``placing_version`` is the one that waits for its answer,
    ``place_version`` the one whose place is held now. ``granted_*`` names that place, ``venue_*`` one that staff
    typed because it is outside the centre. ``notice`` is what staff should know about the last answer.
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'placing', 'published', 'cancelled', 'completed')", name="state"),
        CheckConstraint("state <> 'cancelled' OR cancel_reason IS NOT NULL", name="cancel_reason"),
        CheckConstraint("state <> 'placing' OR placing_version IS NOT NULL", name="placing_version"),
        CheckConstraint(
            "registration_opens_at IS NULL OR registration_closes_at IS NULL"
            " OR registration_opens_at < registration_closes_at",
            name="registration_window",
        ),
        Index("ix_activities_state", "state"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title_zh: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    description_zh: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    venue_zh: Mapped[str] = mapped_column(String(120))
    venue_en: Mapped[str] = mapped_column(String(120))
    registration_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registration_closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    families_may_be_passed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    request_version: Mapped[int]
    placing_version: Mapped[int | None]
    place_version: Mapped[int | None]
    granted_zh: Mapped[str | None] = mapped_column(String(400))
    granted_en: Mapped[str | None] = mapped_column(String(400))
    notice: Mapped[Any] = mapped_column(Json, nullable=True)
    flagged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    held_by: Mapped[list["ActivityBody"]] = relationship(
        order_by="ActivityBody.position", lazy="selectin", cascade="all, delete-orphan"
    )
    sessions: Mapped[list["Session"]] = relationship(
        order_by="Session.starts_at", lazy="selectin", cascade="all, delete-orphan"
    )
    needs: Mapped[list["ActivityNeed"]] = relationship(
        order_by="ActivityNeed.resource_code", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def bodies(self) -> tuple[str, ...]:
        return tuple(row.body for row in self.held_by)

    @property
    def place_zh(self) -> str:
        return self.granted_zh or self.venue_zh

    @property
    def place_en(self) -> str:
        return self.granted_en or self.venue_en

    @property
    def starts_at(self) -> datetime:
        """When the first session begins."""
        return self.sessions[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """When the last session is over."""
        return max(session.ends_at for session in self.sessions)

    @property
    def moving(self) -> bool:
        """Published, and a place for new times has been asked for."""
        return self.state == "published" and self.placing_version is not None

    def plan(self) -> Plan:
        """The part that staff write, as the rules read it."""
        return Plan(
            kind=self.kind,
            title_zh=self.title_zh,
            title_en=self.title_en,
            description_zh=self.description_zh,
            description_en=self.description_en,
            venue_zh=self.venue_zh,
            venue_en=self.venue_en,
            bodies=self.bodies,
            sessions=tuple(SessionPlan(row.starts_at, row.ends_at, row.capacity) for row in self.sessions),
            needs=tuple(Need(row.resource_code, row.quantity) for row in self.needs),
            registration_opens_at=self.registration_opens_at,
            registration_closes_at=self.registration_closes_at,
            families_may_be_passed=self.families_may_be_passed,
        )


class ActivityBody(Base):
    """One of the bodies that hold an activity together; the first one leads."""

    __tablename__ = "activity_bodies"
    __table_args__ = (CheckConstraint("body IN ('party', 'union', 'league', 'women')", name="body"),)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int]


class ActivityNeed(Base):
    """What each session of an activity needs from facilities."""

    __tablename__ = "activity_needs"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    resource_code: Mapped[str] = mapped_column(String(60), primary_key=True)
    quantity: Mapped[int]


class Session(Base):
    """One time that an activity takes place: [starts_at, ends_at) for ``capacity`` people.

    Its row lock orders everything that takes or frees one of its places. ``moving_*`` are the times that a place
    has been asked for and that count once it is granted. A trigger keeps the capacity above the confirmed.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("id", "activity_id", name="uq_sessions_id"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint(
            "(moving_starts_at IS NULL AND moving_ends_at IS NULL) OR moving_starts_at < moving_ends_at",
            name="moving_times",
        ),
        Index("ix_sessions_activity_id", "activity_id", "starts_at"),
        Index("ix_sessions_ends_at", "ends_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    moving_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moving_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PlaceBooking(Base):
    """A booking of facilities that belongs to an activity's place, so that its loss can be noticed."""

    __tablename__ = "place_bookings"
    __table_args__ = (Index("ix_place_bookings_activity_id", "activity_id"),)
    booking_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    request_version: Mapped[int]
    resource_code: Mapped[str] = mapped_column(String(60))
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

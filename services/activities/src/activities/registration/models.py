"""Tables of registrations. Places are counted from these rows, never stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from activities.base import Base
from shared.database import UtcDateTime, Uuid

_ACTIVE = text("state <> 'cancelled'")
_WAITING = text("state = 'waitlisted'")


class Registration(Base):
    """One person for one session.

    People who registered together share ``group_id``, the id of the first one's registration, and get their places
    together. ``queue_number`` orders the waiting list and is only unique; the place that people are told is their
    rank by it. Triggers refuse more confirmed rows than the session has places.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        # By way of the session, whose row is locked already: a key of its own on the activity would wait for those
        # who hold the activity and wait for this session.
        ForeignKeyConstraint(
            ["session_id", "activity_id"],
            ["sessions.id", "sessions.activity_id"],
            name="fk_registrations_session_id_sessions",
        ),
        CheckConstraint("state IN ('confirmed', 'waitlisted', 'cancelled')", name="state"),
        CheckConstraint("(state = 'waitlisted') = (queue_number IS NOT NULL)", name="queue_number"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (cancelled_at IS NULL) = (cancelled_because IS NULL) AND (cancelled_at IS NULL) = (was IS NULL)",
            name="cancelled",
        ),
        CheckConstraint("was IN ('confirmed', 'waitlisted')", name="was"),
        CheckConstraint("cancelled_because IN ('own', 'staff', 'activity-cancelled')", name="cancelled_because"),
        Index(
            "uq_registrations_active",
            "session_id",
            "person_id",
            unique=True,
            postgresql_where=_ACTIVE,
            sqlite_where=_ACTIVE,
        ),
        Index(
            "uq_registrations_queue_number",
            "session_id",
            "queue_number",
            unique=True,
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_registrations_activity_id", "activity_id"),
        Index("ix_registrations_group_id", "group_id"),
        Index("ix_registrations_person_id", "person_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(Uuid)
    session_id: Mapped[UUID] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    group_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(12))
    queue_number: Mapped[int | None]
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[str] = mapped_column(String(120))
    promoted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_because: Mapped[str | None] = mapped_column(String(20))
    was: Mapped[str | None] = mapped_column(String(12))

"""Sessions of activities and who was there, as activities tells; and what a session was for a branch, as staff say."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid


class ActivitySession(Base):
    """One session of an activity. Of an activity that does not take place the sessions are gone."""

    __tablename__ = "activity_sessions"
    __table_args__ = (
        Index("ix_activity_sessions_activity_id", "activity_id"),
        Index("ix_activity_sessions_starts_at", "starts_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(20))
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def title(self, language: str) -> str:
        return self.title_zh if language.startswith("zh") else self.title_en


class Attendance(Base):
    """Whether somebody was at a session, as it was said last. The registration is what activities counts by."""

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint("minutes >= 0", name="minutes"),
        Index("ix_attendances_person", "person_id", "session_id"),
        Index("ix_attendances_session_id", "session_id"),
    )
    registration_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    present: Mapped[bool]
    minutes: Mapped[int]


class MeetingNote(Base):
    """What a session was for a branch, where its kind does not say it. ``duty`` None: none of its duties."""

    __tablename__ = "meeting_notes"
    session_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    duty: Mapped[str | None] = mapped_column(String(20))
    noted_by: Mapped[str] = mapped_column(String(120))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

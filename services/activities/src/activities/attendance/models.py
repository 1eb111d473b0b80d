"""Who was there: one row for each registration that the desk has marked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from activities.base import Base
from shared.database import UtcDateTime


class Attendance(Base):
    """Present or absent. ``minutes`` is the session's length for who was present, 0 for who was not.

    ``announced`` is set once an event told others, so that a later change is a correction.
    """

    __tablename__ = "attendance"
    __table_args__ = (CheckConstraint("minutes >= 0 AND (present OR minutes = 0)", name="minutes"),)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"), primary_key=True)
    present: Mapped[bool]
    minutes: Mapped[int]
    announced: Mapped[bool]
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    marked_by: Mapped[str] = mapped_column(String(120))

    @property
    def id(self) -> UUID:
        """A mark is known by its registration."""
        return self.registration_id

"""What staff set."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import UtcDateTime


class SendingHours(Base):
    """From when until when messages of a category are sent, as ``08:00`` in the centre's zone; the rest is quiet.

    No hours on days off: what comes then waits for the next working day. A category without a row has the hours of
    the installation.
    """

    __tablename__ = "sending_hours"
    __table_args__ = (
        CheckConstraint("workday_from < workday_until", name="workday"),
        CheckConstraint(
            "(day_off_from IS NULL AND day_off_until IS NULL) OR day_off_from < day_off_until", name="day_off"
        ),
    )
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    workday_from: Mapped[str] = mapped_column(String(5))
    workday_until: Mapped[str] = mapped_column(String(5))
    day_off_from: Mapped[str | None] = mapped_column(String(5))
    day_off_until: Mapped[str | None] = mapped_column(String(5))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""What recipients switched off."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from notifications.preferences.rules import MANDATORY
from notifications.tables import Base
from shared.database.types import UtcDateTime, Uuid


class OptOut(Base):
    """One person does not want one `topic`: a channel, an optional category, or all optional ones by SMS.

    `way` says how: page, one-click (in a mail program) or reply (to an SMS).
    """

    __tablename__ = "opt_outs"
    __table_args__ = (
        CheckConstraint(f"topic NOT IN ({', '.join(map(repr, MANDATORY))})", name="optional"),
        CheckConstraint("way IN ('page', 'one-click', 'reply')", name="way"),
    )
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    way: Mapped[str] = mapped_column(String(10))

"""One row for each answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid
from shared.database.types import Json

SERVICES = ("facilities", "activities", "welfare", "notifications")
"""Who is asked."""


class Acknowledgement(Base):
    """What one service said about one matter: a merge (by the old id), an erasure (by the person's), or a check
    before an erasure (by the request's). ``counts`` says how much of what, in the service's neutral words."""

    __tablename__ = "acknowledgements"
    __table_args__ = (CheckConstraint("kind IN ('merge', 'check', 'erasure')", name="kind"),)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    service: Mapped[str] = mapped_column(String(20), primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""Consents of guardians to the record of a child under 14."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class GuardianConsent(Base):
    """``paper`` says where the signed paper is filed.

    It stands until ``withdrawn_on``, and while the one who gave it is a guardian of the child.
    """

    __tablename__ = "guardian_consents"
    __table_args__ = (
        CheckConstraint("child_id <> guardian_id", name="own"),
        CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= given_on", name="withdrawn"),
        CheckConstraint("paper <> ''", name="paper"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    child_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    given_on: Mapped[date]
    paper: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_on: Mapped[date | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
    guardian: Mapped[Person] = relationship(lazy="selectin", foreign_keys=[guardian_id])

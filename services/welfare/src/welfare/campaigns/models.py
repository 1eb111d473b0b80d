"""Campaigns. Both days of a campaign belong to it, as with every period of days in this service."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import UtcDateTime, Uuid
from shared.texts import N_
from welfare.base import WALLED, Base, one_of_the_bodies

LONGEST_PURPOSE = 500


class Campaign(Base):
    """What a body does for families from ``starts_on`` to ``ends_on``, both included.

    With a fund, every application of the campaign asks that fund. It is planned, then open, then closed, and never
    goes back: a trigger refuses that, and any change of a closed one.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of_the_bodies(),
        CheckConstraint("state IN ('planned', 'open', 'closed')", name="state"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("(state = 'planned') = (opened_on IS NULL)", name="opened_on"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_on"),
        UniqueConstraint("id", "body"),
        Index("ix_campaigns_body_state", "body", "state"),
        {"info": WALLED},
    )
    noun = N_("campaign")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(LONGEST_PURPOSE))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    fund_id: Mapped[UUID | None] = mapped_column(ForeignKey("funds.id"))
    state: Mapped[str] = mapped_column(String(12))
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    planned_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

"""Disputes, whom they are between, and the sessions in which they were mediated."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.database import UtcDateTime, Uuid
from shared.texts import N_
from welfare.base import WALLED, Base, one_of_the_bodies


class Dispute(Base):
    """A dispute that a body took up. ``closed_on`` is the day of the agreement, or the day mediation was given up."""

    __tablename__ = "disputes"
    __table_args__ = (
        one_of_the_bodies(),
        CheckConstraint("kind IN ('wages', 'work', 'family', 'neighbours', 'other')", name="kind"),
        CheckConstraint("state IN ('open', 'settled', 'unsettled')", name="state"),
        CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="closed_on"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="dates"),
        Index("ix_disputes_body_state", "body", "state"),
        {"info": WALLED},
    )
    noun = N_("dispute")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    opened_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    parties: Mapped[list["DisputeParty"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="DisputeParty.place"
    )
    sessions: Mapped[list["MediationSession"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="MediationSession.held_on"
    )

    @property
    def person_ids(self) -> list[UUID]:
        return [party.person_id for party in self.parties]


class DisputeParty(Base):
    """One of the people a dispute is between. Read through its dispute alone."""

    __tablename__ = "dispute_parties"
    __table_args__ = (Index("ix_dispute_parties_person_id", "person_id"),)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    place: Mapped[int]


class MediationSession(Base):
    """One meeting with the parties. Read through its dispute alone; its note is case text."""

    __tablename__ = "mediation_sessions"
    __table_args__ = (Index("ix_mediation_sessions_dispute_id", "dispute_id"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    held_on: Mapped[date]
    mediator_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

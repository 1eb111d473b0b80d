"""Relief applications, visits, decisions and pay-outs.

Four eyes are held by the tables themselves. A person stands on one side of an application: who asks (applicant,
household, drafter, visitor) or who decides. ``relief_hands`` has one row a person (its primary key), visits point at
the asking side and decisions at the deciding side, so nobody can be on both. A pay-out copies approver, fund and
amount from its decision by a foreign key and checks that the payer is somebody else.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.database import Fen, UtcDateTime, Uuid
from shared.texts import N_
from welfare.base import WALLED, Base, one_of_the_bodies


class ReliefApplication(Base):
    """A family asks for relief. ``drafted_by`` is the person who wrote it down, see welfare.people.

    A campaign that it names is one of its own body: the foreign key goes by both.
    """

    __tablename__ = "relief_applications"
    __table_args__ = (
        one_of_the_bodies(),
        CheckConstraint(
            "state IN ('submitted', 'visited', 'approved', 'declined', 'withdrawn', 'paid', 'reversed')", name="state"
        ),
        CheckConstraint(
            "occasion IN ('illness', 'injury', 'accident', 'study', 'disaster', 'hardship', 'other')", name="occasion"
        ),
        CheckConstraint("amount_asked > 0", name="amount_asked"),
        UniqueConstraint("id", "person_id", "drafted_by"),
        ForeignKeyConstraint(
            ["campaign_id", "body"], ["campaigns.id", "campaigns.body"], name="fk_relief_applications_campaign"
        ),
        Index("ix_relief_applications_campaign_id", "campaign_id"),
        Index("ix_relief_applications_body_state", "body", "state"),
        Index("ix_relief_applications_person_id", "person_id"),
        {"info": WALLED},
    )
    noun = N_("relief application")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    household_id: Mapped[UUID | None] = mapped_column(Uuid)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("funds.id"))
    campaign_id: Mapped[UUID | None] = mapped_column(Uuid)
    occasion: Mapped[str] = mapped_column(String(12))
    amount_asked: Mapped[Decimal] = mapped_column(Fen)
    state: Mapped[str] = mapped_column(String(12))
    submitted_on: Mapped[date]
    closed_on: Mapped[date | None]
    drafted_by: Mapped[UUID] = mapped_column(Uuid)
    drafted_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    hands: Mapped[list["ReliefHand"]] = relationship(lazy="selectin", order_by="ReliefHand.part")
    visits: Mapped[list["ReliefVisit"]] = relationship(lazy="selectin", order_by="ReliefVisit.id")
    decisions: Mapped[list["ReliefDecision"]] = relationship(
        lazy="selectin", order_by="ReliefDecision.id", foreign_keys="ReliefDecision.application_id"
    )
    disbursement: Mapped["Disbursement | None"] = relationship(
        lazy="selectin", foreign_keys="Disbursement.application_id", uselist=False
    )

    @property
    def decision(self) -> "ReliefDecision | None":
        """The decision that stands."""
        return next((one for one in self.decisions if one.voided_at is None), None)

    @property
    def family(self) -> UUID:
        """What counts as one family: the household, or a person who lives alone."""
        return self.household_id or self.person_id


class ReliefHand(Base):
    """Somebody has a hand in an application, on one side of it for good."""

    __tablename__ = "relief_hands"
    __table_args__ = (
        CheckConstraint(
            "(side = 'asking' AND part IN ('applicant', 'household', 'drafter', 'visitor')) "
            "OR (side = 'deciding' AND part = 'approver')",
            name="side",
        ),
        UniqueConstraint("application_id", "person_id", "side"),
    )
    application_id: Mapped[UUID] = mapped_column(ForeignKey("relief_applications.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    side: Mapped[str] = mapped_column(String(8))
    part: Mapped[str] = mapped_column(String(10))


class ReliefVisit(Base):
    """A home visit. What was found is case text."""

    __tablename__ = "relief_visits"
    __table_args__ = (
        CheckConstraint("side = 'asking'", name="side"),
        ForeignKeyConstraint(
            ["application_id", "visitor_id", "side"],
            ["relief_hands.application_id", "relief_hands.person_id", "relief_hands.side"],
            name="fk_relief_visits_hand",
        ),
        Index("ix_relief_visits_application_id", "application_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("relief_applications.id"))
    visitor_id: Mapped[UUID] = mapped_column(Uuid)
    side: Mapped[str] = mapped_column(String(8), default="asking")
    visitor_name: Mapped[str] = mapped_column(String(120))
    visited_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_LIVE = text("voided_at IS NULL")


class ReliefDecision(Base):
    """Approved or declined by a second person. A change of the application afterwards voids it."""

    __tablename__ = "relief_decisions"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'declined')", name="outcome"),
        CheckConstraint("(outcome = 'approved') = (amount IS NOT NULL)", name="amount_when_approved"),
        CheckConstraint("amount IS NULL OR amount > 0", name="amount"),
        CheckConstraint("side = 'deciding'", name="side"),
        CheckConstraint("approver_id <> applicant_id AND approver_id <> drafted_by", name="four_eyes"),
        ForeignKeyConstraint(
            ["application_id", "approver_id", "side"],
            ["relief_hands.application_id", "relief_hands.person_id", "relief_hands.side"],
            name="fk_relief_decisions_hand",
        ),
        ForeignKeyConstraint(
            ["application_id", "applicant_id", "drafted_by"],
            ["relief_applications.id", "relief_applications.person_id", "relief_applications.drafted_by"],
            name="fk_relief_decisions_application",
        ),
        UniqueConstraint("id", "application_id", "approver_id", "fund_id", "amount"),
        Index("uq_relief_decisions_live", "application_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    application_id: Mapped[UUID] = mapped_column(Uuid)
    outcome: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    fund_id: Mapped[UUID] = mapped_column(Uuid)
    approver_id: Mapped[UUID] = mapped_column(Uuid)
    side: Mapped[str] = mapped_column(String(8), default="deciding")
    approver_name: Mapped[str] = mapped_column(String(120))
    applicant_id: Mapped[UUID] = mapped_column(Uuid)
    drafted_by: Mapped[UUID] = mapped_column(Uuid)
    decided_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Disbursement(Base):
    """Money handed over, once an application. Reversing it is a line in the ledger, not a deletion."""

    __tablename__ = "disbursements"
    __table_args__ = (
        one_of_the_bodies(),
        UniqueConstraint("application_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("paid_by <> approved_by", name="payer_is_not_approver"),
        ForeignKeyConstraint(
            ["decision_id", "application_id", "approved_by", "fund_id", "amount"],
            [
                "relief_decisions.id",
                "relief_decisions.application_id",
                "relief_decisions.approver_id",
                "relief_decisions.fund_id",
                "relief_decisions.amount",
            ],
            name="fk_disbursements_decision",
        ),
        {"info": WALLED},
    )
    noun = N_("pay-out")
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("relief_applications.id"))
    decision_id: Mapped[UUID] = mapped_column(Uuid)
    approved_by: Mapped[UUID] = mapped_column(Uuid)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("funds.id"))
    amount: Mapped[Decimal] = mapped_column(Fen)
    paid_on: Mapped[date]
    paid_by: Mapped[UUID] = mapped_column(Uuid)
    paid_by_name: Mapped[str] = mapped_column(String(120))
    receipt: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reversed_on: Mapped[date | None]
    reversal_reason: Mapped[str | None] = mapped_column(String(20))
    reversed_by_name: Mapped[str | None] = mapped_column(String(120))

    @property
    def relief_application_id(self) -> UUID:
        return self.application_id

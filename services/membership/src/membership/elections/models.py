"""Terms of office and elections. Of an election only sums are kept: nothing says who chose whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid


class CommitteeTerm(Base):
    """A term of office. It ends with the next election; one at a time runs in an organisation.

    ``postponed_to`` is the day until which the superior organisation allowed the election to wait, ``postponed_by``
    and ``postponed_note`` its decision.
    """

    __tablename__ = "committee_terms"
    __table_args__ = (
        CheckConstraint("years > 0", name="years"),
        CheckConstraint("due_on > started_on", name="due"),
        CheckConstraint("ended_on IS NULL OR ended_on > started_on", name="ended"),
        CheckConstraint("postponed_to IS NULL OR postponed_to > due_on", name="postponed"),
        CheckConstraint("(postponed_to IS NULL) = (postponed_on IS NULL)", name="postponed_on"),
        Index(
            "uq_committee_terms_running",
            "organisation_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
            sqlite_where=text("ended_on IS NULL"),
        ),
        Index("ix_committee_terms_due", "due_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    election_id: Mapped[UUID | None] = mapped_column(ForeignKey("elections.id"))
    started_on: Mapped[date]
    years: Mapped[int]
    due_on: Mapped[date]
    postponed_to: Mapped[date | None]
    postponed_on: Mapped[date | None]
    postponed_note: Mapped[str] = mapped_column(String(300))
    ended_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    organisation: Mapped[Organisation] = relationship(lazy="selectin")

    @property
    def last_day(self) -> date:
        """The day by which the next election is held."""
        return self.postponed_to or self.due_on


class Election(Base):
    """One meeting that elected: how many had a vote, how many came, how many papers were returned.

    The quorum is the share by which it was judged, ``part`` of ``whole``; ``strict``: more than that.
    """

    __tablename__ = "elections"
    __table_args__ = (
        UniqueConstraint("organisation_id", "held_on"),
        CheckConstraint("due > 0 AND present BETWEEN 0 AND due AND returned BETWEEN 0 AND present", name="sizes"),
        CheckConstraint(
            "present * quorum_whole > due * quorum_part "
            "OR (NOT quorum_strict AND present * quorum_whole = due * quorum_part)",
            name="quorum",
        ),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    held_on: Mapped[date]
    due: Mapped[int]
    present: Mapped[int]
    returned: Mapped[int]
    quorum_part: Mapped[int]
    quorum_whole: Mapped[int]
    quorum_strict: Mapped[bool]
    tellers: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    candidates: Mapped[list["ElectionCandidate"]] = relationship(
        lazy="selectin", order_by="ElectionCandidate.in_favour.desc()"
    )


class ElectionCandidate(Base):
    """The sums of one candidate; ``role`` is the office of who was elected. ``present`` repeats the election's.

    The majority is the share by which it was judged, as of the election's quorum.
    """

    __tablename__ = "election_candidates"
    __table_args__ = (
        CheckConstraint("in_favour >= 0 AND against >= 0 AND abstained >= 0", name="votes"),
        CheckConstraint("in_favour + against + abstained <= present", name="sum"),
        CheckConstraint(
            "role IS NULL OR in_favour * majority_whole > present * majority_part "
            "OR (NOT majority_strict AND in_favour * majority_whole = present * majority_part)",
            name="majority",
        ),
    )
    election_id: Mapped[UUID] = mapped_column(ForeignKey("elections.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    present: Mapped[int]
    in_favour: Mapped[int]
    against: Mapped[int]
    abstained: Mapped[int]
    role: Mapped[str | None] = mapped_column(String(40))
    majority_part: Mapped[int]
    majority_whole: Mapped[int]
    majority_strict: Mapped[bool]
    person: Mapped[Person] = relationship(lazy="selectin")

"""Ballots. Votes are written on paper; what reaches the database is the attendance and, apart from it, the sums.

There is no row for a vote, neither with nor without a name, so no query, backup or log can tell who chose what.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database import UtcDateTime, Uuid

PASSED = " AND ".join(
    f"({count} * {share}_whole > due * {share}_part "
    f"OR (NOT {share}_strict AND {count} * {share}_whole = due * {share}_part))"
    for count, share in (("present", "quorum"), ("in_favour", "majority"))
)
PASSED = f"passed = ({PASSED})"


class Ballot(Base):
    """The sums of one ballot. ``due`` members had the right to vote.

    ``passed`` follows from the sums and from the shares of the rule pack, which are kept here so that the database can
    hold it to them whatever a later pack says. A share is ``part`` of ``whole``; ``strict``: more than that.
    """

    __tablename__ = "ballots"
    __table_args__ = (
        CheckConstraint("purpose IN ('admission', 'conversion')", name="purpose"),
        CheckConstraint("due > 0 AND present BETWEEN 0 AND due AND returned BETWEEN 0 AND present", name="sizes"),
        CheckConstraint("in_favour >= 0 AND against >= 0 AND abstained >= 0 AND invalid >= 0", name="votes"),
        CheckConstraint("in_favour + against + abstained + invalid = returned", name="sum"),
        CheckConstraint(PASSED, name="passed"),
        Index("ix_ballots_file_id", "file_id"),
        Index("ix_ballots_organisation", "organisation_id", "held_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("development_files.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    held_on: Mapped[date]
    due: Mapped[int]
    present: Mapped[int]
    returned: Mapped[int]
    in_favour: Mapped[int]
    against: Mapped[int]
    abstained: Mapped[int]
    invalid: Mapped[int]
    passed: Mapped[bool]
    rule_pack: Mapped[str | None] = mapped_column(String(10))
    quorum_part: Mapped[int]
    quorum_whole: Mapped[int]
    quorum_strict: Mapped[bool]
    majority_part: Mapped[int]
    majority_whole: Mapped[int]
    majority_strict: Mapped[bool]
    tellers: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BallotRoll(Base):
    """Who was due at a ballot, and whether they were there."""

    __tablename__ = "ballot_rolls"
    ballot_id: Mapped[UUID] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    present: Mapped[bool]

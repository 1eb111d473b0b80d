"""Development files: their steps, papers, people, and what falls due. Steps are added, never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import Json, UtcDateTime, Uuid


class DevelopmentFile(Base):
    """One person's way into the Party in one branch. ``probation_ends_on`` is the day from which Party age runs."""

    __tablename__ = "development_files"
    __table_args__ = (
        CheckConstraint("stage IN ('applicant', 'activist', 'target', 'probationary', 'full')", name="stage"),
        CheckConstraint("state IN ('open', 'full', 'closed')", name="state"),
        CheckConstraint("(state = 'full') = (stage = 'full')", name="full"),
        CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="closed"),
        CheckConstraint("(state = 'closed') = (close_reason IS NOT NULL)", name="close_reason"),
        Index(
            "uq_development_files_open",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_development_files_organisation", "organisation_id", "state"),
        Index("ix_development_files_stage", "stage", "state"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    stage: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(6))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    close_reason: Mapped[str | None] = mapped_column(String(12))
    probation_ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="selectin")
    organisation: Mapped[Organisation] = relationship(lazy="selectin")
    steps: Mapped[list["DevelopmentStep"]] = relationship(
        lazy="selectin", order_by="DevelopmentStep.held_on, DevelopmentStep.id"
    )
    papers: Mapped[list["DevelopmentPaper"]] = relationship(lazy="selectin", order_by="DevelopmentPaper.id")
    people: Mapped[list["DevelopmentHelper"]] = relationship(lazy="selectin", order_by="DevelopmentHelper.part")
    deadlines: Mapped[list["DevelopmentDeadline"]] = relationship(
        lazy="selectin", order_by="DevelopmentDeadline.due_on", cascade="all, delete-orphan"
    )


class DevelopmentStep(Base):
    """A step that was taken, with the pack and article by which it was judged. ``single`` steps pass once."""

    __tablename__ = "development_steps"
    __table_args__ = (
        Index(
            "uq_development_steps_single",
            "file_id",
            "step",
            unique=True,
            postgresql_where=text("single AND passed"),
            sqlite_where=text("single AND passed"),
        ),
        Index("ix_development_steps_file", "file_id", "held_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("development_files.id"))
    step: Mapped[str] = mapped_column(String(30))
    held_on: Mapped[date]
    passed: Mapped[bool]
    single: Mapped[bool]
    late: Mapped[bool]
    rule_pack: Mapped[str] = mapped_column(String(10))
    article: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(String(500))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DevelopmentPaper(Base):
    """A paper that is in the file. ``place`` says where in the archive; the paper itself stays paper."""

    __tablename__ = "development_papers"
    __table_args__ = (UniqueConstraint("file_id", "kind"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("development_files.id"))
    kind: Mapped[str] = mapped_column(String(40))
    received_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str] = mapped_column(String(120))


class DevelopmentHelper(Base):
    """Who helps or vouches: contact persons and introducers, as they were named last."""

    __tablename__ = "development_helpers"
    __table_args__ = (CheckConstraint("part IN ('contact', 'introducer')", name="part"),)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("development_files.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    since: Mapped[date]
    person: Mapped[Person] = relationship(lazy="selectin")


class DevelopmentDeadline(Base):
    """What falls due next, kept by each step; ``announced_at`` is when review-due was recorded for it."""

    __tablename__ = "development_deadlines"
    __table_args__ = (
        UniqueConstraint("file_id", "kind", "due_on"),
        Index("ix_development_deadlines_announce", "announced_at", "announce_on"),
        Index("ix_development_deadlines_due", "due_on"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("development_files.id"))
    kind: Mapped[str] = mapped_column(String(30))
    due_on: Mapped[date]
    announce_on: Mapped[date]
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

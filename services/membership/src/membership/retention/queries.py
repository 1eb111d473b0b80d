"""What retention would remove today, and the runs that there were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from membership.development.models import DevelopmentFile, DevelopmentHelper, DevelopmentPaper, DevelopmentStep
from membership.erasures.models import Erasure
from membership.erasures.queries import open_here
from membership.imports.models import Import
from membership.memberships.models import Membership
from membership.people.models import Person
from membership.retention.models import RetentionMark, RetentionRun
from membership.retention.rules import ended_before, retention
from membership.settings import Centre
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("run of retention")


@dataclass(frozen=True)
class Due:
    """A record that is kept no longer: ``ended_on`` is the day from which its years were counted."""

    rule: str
    subject_id: UUID
    what: str
    ended_on: date


@dataclass(frozen=True)
class DryRun:
    """``people`` is how many there are in all; ``over_cap``: more than may be marked without a manager's word."""

    due: Sequence[Due]
    people: int

    def count(self, rule: str) -> int:
        return sum(one.rule == rule for one in self.due)

    @property
    def over_cap(self) -> bool:
        return retention().over_cap(len(self.due), self.count("people"), self.people)


def dry_run(session: Session, reader: Principal, today: date, centre: Centre) -> DryRun:
    """Everything that is due and not marked yet, the longest due first; of files only for who may know of them."""
    found = [*_people(session, today), *_imports(session, today, centre)]
    if reader.allows("viewer", "party"):
        found += _files(session, today)
    people = session.scalar(select(func.count(Person.id)).where(Person.erased_at.is_(None))) or 0
    return DryRun(sorted(found, key=lambda one: (one.ended_on, one.rule, one.subject_id)), people)


def _marked(rule: str) -> Select[tuple[UUID]]:
    return select(RetentionMark.subject_id).where(RetentionMark.rule == rule, RetentionMark.state == "marked")


def _people(session: Session, today: date) -> list[Due]:
    """Nobody with whom something is open, who is asked to be erased already, or who never belonged anywhere."""
    last = func.max(Membership.end_on)
    going_on = select(Membership.person_id).where(or_(Membership.end_on.is_(None), Membership.end_on > today))
    asked = select(Erasure.person_id).where(Erasure.state == "requested")
    query = (
        select(Person.id, Person.name, last)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Person.erased_at.is_(None),
            Person.id.not_in(going_on),
            Person.id.not_in(asked),
            Person.id.not_in(_marked("people")),
        )
        .group_by(Person.id, Person.name)
        .having(last <= ended_before(today, retention().years["people"]))
    )
    rows = session.execute(query).all()
    return [Due("people", row[0], row[1], row[2]) for row in rows if not open_here(session, row[0])]


def _files(session: Session, today: date) -> list[Due]:
    said = (
        select(DevelopmentPaper.id).where(DevelopmentPaper.file_id == DevelopmentFile.id).exists(),
        select(DevelopmentHelper.file_id).where(DevelopmentHelper.file_id == DevelopmentFile.id).exists(),
        select(DevelopmentStep.id)
        .where(DevelopmentStep.file_id == DevelopmentFile.id, DevelopmentStep.note != "")
        .exists(),
    )
    query = select(DevelopmentFile).where(
        DevelopmentFile.state == "closed",
        DevelopmentFile.closed_on <= ended_before(today, retention().years["files"]),
        DevelopmentFile.id.not_in(_marked("files")),
        or_(*said),
    )
    return [Due("files", one.id, one.person.name, one.closed_on or today) for one in session.scalars(query)]


def _imports(session: Session, today: date, centre: Centre) -> list[Due]:
    until = datetime.combine(ended_before(today, retention().years["imports"]), time(), centre.zone)
    query = select(Import).where(
        Import.state == "given-up", Import.uploaded_at < until, Import.id.not_in(_marked("imports"))
    )
    return [
        Due("imports", one.id, one.file_name, one.uploaded_at.astimezone(centre.zone).date())
        for one in session.scalars(query)
    ]


def runs() -> Select[RetentionRun]:
    return select(RetentionRun)


def get_run(session: Session, run_id: UUID) -> RetentionRun:
    """NotFound when there is none."""
    run = session.get(RetentionRun, run_id)
    if run is None:
        raise NotFound(NOUN)
    return run


def marks_of(session: Session, run_id: UUID, state: str | None = None, limit: int | None = None) -> list[RetentionMark]:
    query = select(RetentionMark).where(RetentionMark.run_id == run_id).order_by(RetentionMark.rule, RetentionMark.id)
    if state is not None:
        query = query.where(RetentionMark.state == state)
    return list(session.scalars(query.limit(limit)))


def counts_of(session: Session, run_id: UUID) -> dict[tuple[str, str], int]:
    """How many marks of which rule are in which state."""
    query = (
        select(RetentionMark.rule, RetentionMark.state, func.count())
        .where(RetentionMark.run_id == run_id)
        .group_by(RetentionMark.rule, RetentionMark.state)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)}

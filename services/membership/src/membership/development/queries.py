"""Reading development files. They are the Party office's own: for anybody else there are none."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from membership.development.models import DevelopmentDeadline, DevelopmentFile
from membership.development.pack import pack_on
from membership.development.rules import Done, FileState, Planned, timetable
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.people.models import Person
from membership.searching import contains
from membership.workdays.models import WORKDAYS
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_
from shared.workdays.queries import work_calendar

NOUN = N_("development file")


def get_file(session: Session, file_id: UUID, reader: Principal | None = None) -> DevelopmentFile:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(DevelopmentFile, file_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def selection(
    *,
    text: str | None = None,
    stage: str | None = None,
    state: str | None = None,
    organisation_id: UUID | None = None,
    person_id: UUID | None = None,
) -> Select[Any]:
    query = select(DevelopmentFile)
    for column, value in (
        (DevelopmentFile.stage, stage),
        (DevelopmentFile.state, state),
        (DevelopmentFile.organisation_id, organisation_id),
        (DevelopmentFile.person_id, person_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if text and text.strip():
        named = select(Person.id).where(contains(Person.name, text))
        query = query.where(DevelopmentFile.person_id.in_(named))
    return query


def state_of(file: DevelopmentFile) -> FileState:
    """What the rules look at."""
    done = tuple(Done(one.step, one.held_on, one.passed, int(one.facts.get("months") or 0)) for one in file.steps)
    return FileState(file.person.birth_on, done, frozenset(paper.kind for paper in file.papers))


def ahead(session: Session, file: DevelopmentFile, start: date) -> Sequence[Planned]:
    """The timetable of what is left, if it goes on from that day; nothing for a file that is not open."""
    if file.state != "open":
        return ()
    return timetable(pack_on, state_of(file), work_calendar(session, WORKDAYS), start)


def due_count(session: Session, until: date) -> int:
    """How much falls due up to that day in open files."""
    query = (
        select(func.count(DevelopmentDeadline.id))
        .join(DevelopmentFile, DevelopmentDeadline.file_id == DevelopmentFile.id)
        .where(DevelopmentFile.state == "open", DevelopmentDeadline.due_on <= until)
    )
    return session.scalar(query) or 0


def due_soon(session: Session, until: date, limit: int = 50) -> Sequence[tuple[DevelopmentFile, DevelopmentDeadline]]:
    """What falls due up to that day in open files, the most urgent first."""
    query = (
        select(DevelopmentFile, DevelopmentDeadline)
        .join(DevelopmentDeadline, DevelopmentDeadline.file_id == DevelopmentFile.id)
        .where(DevelopmentFile.state == "open", DevelopmentDeadline.due_on <= until)
        .order_by(DevelopmentDeadline.due_on, DevelopmentDeadline.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def full_members(session: Session, people: Sequence[UUID], day: date) -> frozenset[UUID]:
    """Those of the people who are full members of some branch on that day."""
    query = select(Membership.person_id).where(
        Membership.person_id.in_(people), Membership.body == "party", Membership.role == "member", holds_on(day)
    )
    return frozenset(session.scalars(query))


def event_data(file: DevelopmentFile) -> dict[str, Any]:
    """What development.stage-reached and development.snapshot say."""
    reached = [one for one in file.steps if one.passed and one.facts.get("stage") == file.stage]
    last = reached[-1] if reached else file.steps[-1]
    return {
        "file_id": file.id,
        "person_id": file.person_id,
        "organisation_id": file.organisation_id,
        "stage": "closed" if file.state == "closed" else file.stage,
        "reached_on": file.closed_on if file.state == "closed" else last.held_on,
        "rule_pack": last.rule_pack,
    }

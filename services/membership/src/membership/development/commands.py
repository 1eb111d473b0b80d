"""Opening files, recording steps and papers, entering ballots, closing. For officers of the Party office."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from membership.ballots.commands import enter_ballot
from membership.ballots.queries import members_due
from membership.ballots.rules import Count, Votes, passes
from membership.development.models import (
    DevelopmentFile,
    DevelopmentHelper,
    DevelopmentPaper,
    DevelopmentStep,
)
from membership.development.pack import Pack, Step, pack_on
from membership.development.queries import NOUN, event_data, full_members, state_of
from membership.development.roles import follow_stage
from membership.development.rules import Entry, FileState, judge, probation_ends
from membership.development.terms import keep_deadlines
from membership.development.wording import CLOSING_NAMES, PAPER_NAMES
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.published_party import stage_reached
from membership.refusals import refused_by
from membership.settings import Centre
from membership.workdays.models import WORKDAYS
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_
from shared.workdays.queries import work_calendar

BODY = "party"


@dataclass(frozen=True)
class StepData:
    """What is entered about a step; the rule pack says which of these it asks for."""

    step: str
    held_on: date
    passed: bool = True
    people: tuple[UUID, ...] = ()
    days: int | None = None
    hours: int | None = None
    months: int | None = None
    special_reason: str | None = None
    note: str = ""


@dataclass(frozen=True)
class PaperData:
    """A paper that came into the file."""

    kind: str
    received_on: date
    place: str = ""


def open_file(
    work: UnitOfWork,
    *,
    person_id: UUID,
    organisation_id: UUID,
    received_on: date,
    papers: Sequence[PaperData] = (),
    centre: Centre,
    file_id: UUID | None = None,
) -> DevelopmentFile:
    """Somebody handed in an application. Refused with every rule that it breaks, or when a file is open already."""
    work.actor.demand("officer", BODY)
    person: Person | None = work.session.get(Person, person_id)
    organisation: Organisation | None = work.session.get(Organisation, organisation_id)
    if person is None:
        raise NotFound("person")
    if organisation is None:
        raise NotFound("organisation")
    if organisation.kind != "party-branch" or not organisation.active:
        text = N_("An application goes to an active Party branch.")
        raise Refused("not-a-branch", text, field="organisation_id", status=422)
    if full_members(work.session, [person_id], received_on):
        text = N_("This person is a full member already.")
        raise Refused("member-already", text, field="person_id", status=422)
    file = DevelopmentFile(
        id=file_id or new_id(),
        person_id=person_id,
        organisation_id=organisation_id,
        stage="applicant",
        state="open",
        opened_on=received_on,
        version=1,
        created_at=work.now,
        person=person,
        organisation=organisation,
        steps=[],
        papers=[],
        people=[],
        deadlines=[],
    )
    with refused_by(work.session, _OPEN):
        work.session.add(file)
    for paper in papers:
        _add_paper(work, file, paper, centre)
    _take(work, file, StepData("application", received_on), centre)
    work.audit("development-opened", f"development/{file.id}")
    return file


def record_step(
    work: UnitOfWork, file_id: UUID, data: StepData, *, papers: Sequence[PaperData] = (), version: int, centre: Centre
) -> DevelopmentFile:
    """Record a step that was taken. Refused with every broken rule at once. Votes are entered as ballots."""
    file = lock_file(work, file_id, version)
    step = pack_on(data.held_on).steps.get(data.step)
    if step is None:
        raise NotFound(N_("step"))
    if step.vote is not None:
        raise Refused("needs-a-ballot", N_("The branch votes on this: enter the ballot."), status=422)
    for paper in papers:
        _add_paper(work, file, paper, centre)
    _take(work, file, data, centre)
    file.version += 1
    return file


def enter_vote(
    work: UnitOfWork,
    file_id: UUID,
    *,
    held_on: date,
    present: Iterable[UUID],
    votes: Votes,
    tellers: str = "",
    papers: Sequence[PaperData] = (),
    version: int,
    centre: Centre,
) -> DevelopmentFile:
    """The branch voted on the admission, or, once admitted, on the conversion. A lost vote is a step that failed."""
    file = lock_file(work, file_id, version)
    step = vote_step(pack_on(held_on), state_of(file))
    for paper in papers:
        _add_paper(work, file, paper, centre)
    due = frozenset(person.id for person in members_due(work.session, file.organisation_id, held_on))
    count = Count(due, frozenset(present), votes)
    passed = passes(pack_on(held_on).ballot, count)
    _take(work, file, StepData(step.code, held_on, passed=passed), centre, count=count, tellers=tellers)
    file.version += 1
    return file


def vote_step(pack: Pack, state: FileState) -> Step:
    """The vote that comes next in a file."""
    steps = [step for step in pack.steps.values() if step.vote]
    return next((step for step in steps if state.last(step.code) is None), steps[-1])


def add_paper(work: UnitOfWork, file_id: UUID, paper: PaperData, *, centre: Centre) -> DevelopmentFile:
    """A paper came into the file; the same kind again replaces its day and place."""
    file = lock_file(work, file_id)
    _add_paper(work, file, paper, centre)
    file.version += 1
    work.session.flush()
    return file


def close_file(work: UnitOfWork, file_id: UUID, reason: str, *, version: int, centre: Centre) -> DevelopmentFile:
    """End a file that does not lead to membership; the person may apply again later."""
    file = lock_file(work, file_id, version)
    if reason not in CLOSING_NAMES:
        raise Refused("reason-unknown", N_("Choose one of the reasons."), field="reason", status=422)
    today = centre.today(work.now)
    file.state, file.close_reason, file.closed_on = "closed", reason, today
    file.version += 1
    follow_stage(work, file, None, today)
    keep_deadlines(work, file)
    work.audit("development-closed", f"development/{file.id}", reason=reason)
    work.record(stage_reached, file.id, event_data(file))
    return file


def lock_file(work: UnitOfWork, file_id: UUID, version: int | None = None) -> DevelopmentFile:
    """The file of an open case, locked. NotFound for who may not know of it, Stale when it is not that version."""
    if not work.actor.allows("viewer", BODY):
        raise NotFound(NOUN)
    work.actor.demand("officer", BODY)
    file: DevelopmentFile | None = work.lock(DevelopmentFile, file_id)
    if file is None:
        raise NotFound(NOUN)
    if version is not None and file.version != version:
        raise Stale(file.version)
    if file.state != "open":
        raise Refused("file-closed", N_("This file is closed."))
    return file


def _add_paper(work: UnitOfWork, file: DevelopmentFile, paper: PaperData, centre: Centre) -> None:
    if paper.kind not in PAPER_NAMES:
        raise Refused("paper-unknown", N_("There is no such kind of paper."), field="papers", status=422)
    if paper.received_on > centre.today(work.now):
        raise Refused("day-ahead", N_("That day has not come yet."), field="received_on", status=422)
    row = next((one for one in file.papers if one.kind == paper.kind), None)
    if row is None:
        row = DevelopmentPaper(id=new_id(), file_id=file.id, kind=paper.kind)
        file.papers.append(row)
    row.received_on, row.place = paper.received_on, " ".join(paper.place.split())[:120]
    row.recorded_by = work.actor.name[:120]
    work.audit("development-paper", f"development/{file.id}", paper=paper.kind)


def _take(
    work: UnitOfWork,
    file: DevelopmentFile,
    data: StepData,
    centre: Centre,
    *,
    count: Count | None = None,
    tellers: str = "",
) -> None:
    """Judge the step, and the ballot that it is, by the pack in force on its day, and carry it out with all that
    follows from it."""
    pack = pack_on(data.held_on)
    step = pack.steps[data.step]
    entry = Entry(
        data.held_on,
        data.passed,
        data.people,
        full_members(work.session, data.people, data.held_on),
        data.days,
        data.hours,
        data.months,
        (data.special_reason or "").strip() or None,
        count,
    )
    calendar = work_calendar(work.session, WORKDAYS)
    reasons, late = judge(pack, step, state_of(file), entry, calendar, centre.today(work.now))
    if len(data.note) > 500:
        reasons.append(Reason("note-length", N_("A note has at most 500 characters."), "note"))
    if reasons:
        raise Refused.many(reasons)
    facts: dict[str, Any] = {}
    if count is not None:
        ballot = enter_ballot(
            work,
            purpose=step.vote or "",
            file_id=file.id,
            organisation_id=file.organisation_id,
            held_on=data.held_on,
            count=count,
            rules=pack.ballot,
            rule_pack=pack.version,
            tellers=tellers,
        )
        facts["ballot_id"] = str(ballot.id)
    for name in ("days", "hours", "months", "special_reason"):
        if getattr(entry, name) is not None:
            facts[name] = getattr(entry, name)
    if step.stage and data.passed:
        facts["stage"] = step.stage
    if data.people:
        facts["people"] = [str(one) for one in data.people]
    row = DevelopmentStep(
        id=new_id(),
        file_id=file.id,
        step=step.code,
        held_on=data.held_on,
        passed=data.passed,
        single=not step.again,
        late=late,
        rule_pack=pack.version,
        article=step.article,
        facts=facts,
        note=data.note.strip(),
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    with refused_by(work.session, _SINGLE):
        file.steps.append(row)
    work.audit("development-step", f"development/{file.id}", step=step.code, passed=data.passed)
    if data.passed:
        _follow(work, file, pack, step, data)
    keep_deadlines(work, file)


def _follow(work: UnitOfWork, file: DevelopmentFile, pack: Pack, step: Step, data: StepData) -> None:
    if step.people is not None:
        part = step.people[0]
        named = DevelopmentHelper.file_id == file.id
        work.session.execute(delete(DevelopmentHelper).where(named, DevelopmentHelper.part == part))
        work.session.add_all(
            DevelopmentHelper(file_id=file.id, person_id=one, part=part, since=data.held_on)
            for one in dict.fromkeys(data.people)
        )
        work.session.flush()
        work.session.expire(file, ["people"])
    file.probation_ends_on = probation_ends(pack, state_of(file))
    if step.stage is not None:
        file.stage = step.stage
        if step.stage == "full":
            file.state, file.closed_on = "full", data.held_on
        work.session.flush()
        follow_stage(work, file, step.stage, data.held_on)
        work.record(stage_reached, file.id, event_data(file))


_OPEN = {
    "uq_development_files_open": Reason("file-open", N_("A file is open for this person already."), "person_id"),
    "development_files.person_id": Reason("file-open", N_("A file is open for this person already."), "person_id"),
}
_STEP_DONE = Reason("step-done", N_("This step is on file already."))
_SINGLE = {
    "uq_development_steps_single": _STEP_DONE,
    "development_steps.file_id, development_steps.step": _STEP_DONE,
}

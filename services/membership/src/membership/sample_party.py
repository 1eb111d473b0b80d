"""Sample Party affairs, dated around today: files at every stage, dues, a transfer, a floating member."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.ballots.queries import members_due
from membership.ballots.rules import Votes
from membership.development.commands import PaperData, StepData, enter_vote, open_file, record_step
from membership.development.models import DevelopmentFile
from membership.development.months import add_months
from membership.development.pack import Step, pack_on
from membership.development.queries import get_file, state_of
from membership.development.rules import timetable
from membership.dues.commands import BATCH, generate_month, grant_waiver, pay_dues, set_base
from membership.dues.models import DuesAssessment, DuesBase
from membership.dues.queries import paying
from membership.floating.commands import register_stay
from membership.floating.models import FloatingStay
from membership.settings import Centre
from membership.transfers.commands import request_transfer
from membership.transfers.models import Transfer
from membership.workdays.models import WORKDAYS
from shared.database import UnitOfWork
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.workdays.queries import work_calendar

FILES = (
    (183, "PARTY-1", 20, "application"),
    (187, "PARTY-2", 200, "talk"),
    (191, "PARTY-1", 190, "contacts-named"),
    (193, "PARTY-2", 100, "contacts-named"),
    (195, "PARTY-3", 170, "contacts-named"),
    (201, "PARTY-1", 369, "publicity-opened"),
    (203, "PARTY-2", 400, "political-review"),
    (205, "PARTY-1", 640, "approval"),
    (207, "PARTY-3", 735, "approval"),
)
"""Person, branch, days since the application, and the last step on file."""


def load(runtime: Runtime) -> None:
    """Load what is not there yet, through the service's own commands."""
    centre = Centre.of(runtime.settings)
    today = centre.today(runtime.clock())
    for number, branch, days, last in FILES:
        with runtime.unit_of_work() as work:
            _lead(work, number, branch, today - timedelta(days=days), last, centre)
    _dues(runtime, centre, today)
    with runtime.unit_of_work() as work:
        _moves(work, centre, today)


def _lead(work: UnitOfWork, number: int, branch: str, start: date, last: str, centre: Centre) -> None:
    file_id = sample_id("development-file", number)
    if work.session.get(DevelopmentFile, file_id) is not None:
        return
    step = pack_on(start).steps["application"]
    open_file(
        work,
        person_id=sample_id("person", number),
        organisation_id=sample_id("organisation", branch),
        received_on=start,
        papers=_papers(step, start, frozenset()),
        centre=centre,
        file_id=file_id,
    )
    taken, day = "application", start
    while taken != last:
        file = get_file(work.session, file_id)
        ahead = timetable(pack_on, state_of(file), work_calendar(work.session, WORKDAYS), day)[0]
        if ahead.step.code == "target-decided":
            _reviews(work, file, day, ahead.earliest, centre)
        taken, day = ahead.step.code, ahead.earliest
        _take(work, file, ahead.step, day, centre)


def _reviews(work: UnitOfWork, file: DevelopmentFile, since: date, until: date, centre: Centre) -> None:
    for months in (6, 12):
        review = StepData("review", min(add_months(since, months), until))
        record_step(work, file.id, review, version=file.version, centre=centre)


def _take(work: UnitOfWork, file: DevelopmentFile, step: Step, day: date, centre: Centre) -> None:
    members = [one.id for one in members_due(work.session, file.organisation_id, day)]
    papers = _papers(step, day, frozenset(paper.kind for paper in file.papers))
    if step.vote:
        votes = Votes(in_favour=len(members) - 1, against=0, abstained=1)
        enter_vote(
            work,
            file.id,
            held_on=day,
            present=members,
            votes=votes,
            papers=papers,
            version=file.version,
            centre=centre,
        )
        return
    people = tuple(members[: step.people[2]]) if step.people else ()
    data = StepData(step.code, day, people=people, days=3 if step.training else None)
    record_step(work, file.id, data, papers=papers, version=file.version, centre=centre)


def _papers(step: Step, day: date, there: frozenset[str]) -> list[PaperData]:
    return [PaperData(kind, day, "A-1") for kind in step.papers if kind not in there]


def _dues(runtime: Runtime, centre: Centre, today: date) -> None:
    """Three months; most have paid, some are in arrears, one pays less, one has no base yet."""
    month = today.replace(day=1)
    with runtime.unit_of_work() as work:
        members = sorted(set(work.session.scalars(paying(month))), key=str)
        if not members or work.session.scalars(select(DuesBase.id).limit(1)).first() is not None:
            return
        for place, person_id in enumerate(members[:-1]):
            base = Decimal(3000 + place * 173)
            since = add_months(month, -2)
            set_base(work, person_id, category="employed", base=base, from_month=since)
        grant_waiver(
            work,
            members[3],
            first=month,
            last=add_months(month, 1),
            reduced_to=Decimal("1.00"),
            decided_on=today,
            reason="家庭困难（样例）",
            centre=centre,
        )
    for back in (2, 1, 0):
        added = BATCH
        while added == BATCH:
            with runtime.unit_of_work() as work:
                added = generate_month(work, add_months(month, -back))
    with runtime.unit_of_work() as work:
        _payments(work, members, centre, today)


def _payments(work: UnitOfWork, members: Sequence[UUID], centre: Centre, today: date) -> None:
    for place, person_id in enumerate(members[:-1]):
        months = 3 if place % 4 else 2 if place % 8 else 1
        amount = sum(_open_months(work.session, person_id)[:months], Decimal())
        if amount:
            reference = f"SAMPLE-{place:04d}"
            pay_dues(
                work,
                person_id,
                amount=amount,
                paid_on=today,
                method="mobile",
                reference=reference,
                centre=centre,
            )


def _open_months(session: Session, person_id: UUID) -> list[Decimal]:
    query = select(DuesAssessment).where(DuesAssessment.person_id == person_id).order_by(DuesAssessment.month)
    return [one.open for one in session.scalars(query)]


def _moves(work: UnitOfWork, centre: Centre, today: date) -> None:
    """One member is to move to another branch, one lives elsewhere."""
    if work.session.scalars(select(Transfer.id).limit(1)).first() is None:
        mover = _member_of(work.session, "PARTY-2", today)
        target = sample_id("organisation", "PARTY-3")
        asked = today - timedelta(days=9)
        request_transfer(work, mover, to_organisation_id=target, requested_on=asked, centre=centre)
    if work.session.scalars(select(FloatingStay.id).limit(1)).first() is None:
        register_stay(
            work,
            _member_of(work.session, "PARTY-4", today),
            host_place="外地某街道党支部（样例）",
            started_on=today - timedelta(days=60),
            expected_until=add_months(today, 10),
            centre=centre,
        )


def _member_of(session: Session, code: str, day: date) -> UUID:
    """Somebody ordinary of the branch: the last of the roll."""
    return members_due(session, sample_id("organisation", code), day)[-1].id

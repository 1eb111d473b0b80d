"""The life of the sample's branches, dated around today: terms, an appraisal, a visit, papers, a guest."""

from datetime import date, timedelta

from sqlalchemy import select

from membership.appraisals.commands import close_appraisal, grade_members, open_appraisal
from membership.appraisals.models import Appraisal
from membership.archive.commands import enter_paper, lend_paper, propose_disposal
from membership.archive.models import ArchivePaper
from membership.archive.rules import PaperData
from membership.ballots.queries import members_due
from membership.development.months import add_months
from membership.elections.commands import enter_term, record_election
from membership.elections.models import CommitteeTerm
from membership.elections.rules import Candidate
from membership.floating.commands import confirm_other_end, file_statement, register_stay
from membership.floating.models import FloatingStay
from membership.floating.rules import StatementData
from membership.guidance.commands import record_visit
from membership.guidance.models import GuidanceVisit
from membership.guidance.rules import FindingData
from membership.joint_branches.commands import join_branch
from membership.joint_branches.models import JoinedUnit
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.sample import sample_id

_TERMS = (("PARTY", 58), ("PARTY-G", 31), ("PARTY-1", 38), ("PARTY-2", 20), ("PARTY-4", 32))
"""Since how many months those in office hold it."""
_CLERK = Principal(sample_id("account", "branches"), "党建办（样例）", grants=(Grant("officer", "party"),))
"""Who proposes to dispose of a paper is a person."""


def load(runtime: Runtime) -> None:
    """Load what is not there yet, through the service's own commands."""
    centre = Centre.of(runtime.settings)
    today = centre.today(runtime.clock())
    for part in (_terms, _appraisal, _visit, _archive, _guest, _joint_branch, _statement):
        with runtime.unit_of_work(actor=_CLERK) as work:
            part(work, centre, today)


def _terms(work: UnitOfWork, centre: Centre, today: date) -> None:
    """Some elections are due, one is overdue, and one branch elected its committee this spring."""
    if work.session.scalars(select(CommitteeTerm.id).limit(1)).first() is not None:
        return
    for code, months in _TERMS:
        organisation_id = sample_id("organisation", code)
        enter_term(work, organisation_id=organisation_id, started_on=add_months(today, -months), centre=centre)
    branch, day = sample_id("organisation", "PARTY-3"), today - timedelta(days=200)
    members = [one.id for one in members_due(work.session, branch, day)]
    roles = ("secretary", "deputy-secretary", "committee-member", None)
    candidates = [
        Candidate(person_id, len(members) - place if role else 1, 0, 0, role)
        for place, (person_id, role) in enumerate(zip(members, roles, strict=False))
    ]
    record_election(
        work,
        organisation_id=branch,
        held_on=day,
        present=len(members),
        returned=len(members),
        candidates=candidates,
        centre=centre,
    )


def _appraisal(work: UnitOfWork, centre: Centre, today: date) -> None:
    """Last year's of one branch is closed."""
    if work.session.scalars(select(Appraisal.id).limit(1)).first() is not None:
        return
    held_on = date(today.year - 1, 12, 20)
    branch = sample_id("organisation", "PARTY-1")
    appraisal = open_appraisal(work, organisation_id=branch, year=held_on.year, held_on=held_on, centre=centre)
    full = [one.person_id for one in appraisal.grades if one.role == "member"]
    grades = {one: "excellent" if place < len(full) // 3 else "qualified" for place, one in enumerate(full)}
    grade_members(work, appraisal.id, grades, version=appraisal.version)
    close_appraisal(work, appraisal.id, version=appraisal.version, centre=centre)


def _visit(work: UnitOfWork, centre: Centre, today: date) -> None:
    if work.session.scalars(select(GuidanceVisit.id).limit(1)).first() is not None:
        return
    record_visit(
        work,
        organisation_id=sample_id("organisation", "PARTY-2"),
        visited_on=today - timedelta(days=40),
        visitors="党建办（样例）",
        summary="支部班子健全，组织生活基本正常，学习记录需要加强。（样例）",
        findings=[
            FindingData("三季度党小组会记录不全", "补齐记录，由书记签字", today - timedelta(days=5)),
            FindingData("党费证未及时登记", "逐人核对登记", today + timedelta(days=20)),
        ],
        centre=centre,
    )


def _archive(work: UnitOfWork, centre: Centre, today: date) -> None:
    """A paper in its place, one that should be back, and one whose retention has ended and whose disposal waits."""
    if work.session.scalars(select(ArchivePaper.id).limit(1)).first() is not None:
        return
    branch = sample_id("organisation", "PARTY-1")
    last_year = date(today.year - 1, 12, 31)
    enter_paper(work, PaperData(branch, "发展党员档案（样例）", last_year, "A-1-1", "permanent"), centre=centre)
    lent = enter_paper(work, PaperData(branch, "党员大会记录（样例）", last_year, "A-1-2", "years-30"), centre=centre)
    lend_paper(
        work,
        lent.id,
        members_due(work.session, branch, today)[0].id,
        lent_on=today - timedelta(days=30),
        due_on=today - timedelta(days=9),
        purpose="整理材料",
        version=lent.version,
        centre=centre,
    )
    old = PaperData(branch, "活动签到表（样例）", date(today.year - 12, 6, 1), "B-3-1", "years-10")
    ended = enter_paper(work, old, centre=centre)
    propose_disposal(work, ended.id, version=ended.version, centre=centre)


def _guest(work: UnitOfWork, centre: Centre, today: date) -> None:
    """A member of a branch elsewhere takes part here."""
    guest = sample_id("person", 185)
    if work.session.scalars(select(FloatingStay.id).where(FloatingStay.person_id == guest)).first() is not None:
        return
    stay = register_stay(
        work,
        guest,
        host_organisation_id=sample_id("organisation", "PARTY-1"),
        home_place="外省某党支部（样例）",
        started_on=today - timedelta(days=240),
        expected_until=add_months(today, 4),
        centre=centre,
    )
    confirm_other_end(work, stay.id, today - timedelta(days=230), version=stay.version, centre=centre)


def _joint_branch(work: UnitOfWork, centre: Centre, today: date) -> None:
    """Two enterprises of the block share its joint branch."""
    if work.session.scalars(select(JoinedUnit.id).limit(1)).first() is not None:
        return
    for code in ("BLOCK-1", "BLOCK-2"):
        join_branch(
            work,
            unit_id=sample_id("organisation", code),
            branch_id=sample_id("organisation", "PARTY-4"),
            start_on=today - timedelta(days=300),
            note="党委批复（样例）",
            centre=centre,
        )


def _statement(work: UnitOfWork, centre: Centre, today: date) -> None:
    """The branch elsewhere wrote once about the member who lives there."""
    query = select(FloatingStay).where(FloatingStay.host_place.is_not(None)).order_by(FloatingStay.id)
    stay = work.session.scalars(query.limit(1)).first()
    if stay is None or stay.statements:
        return
    data = StatementData(stay.started_on, stay.started_on + timedelta(days=30), today, 2, "流入地党支部寄送（样例）")
    file_statement(work, stay.id, data, centre=centre)

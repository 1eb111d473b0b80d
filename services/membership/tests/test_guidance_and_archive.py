"""Visits with findings that are followed up, and the archive room with loans and disposal by two people."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from membership.app import create_app
from membership.archive.commands import decide_disposal, enter_paper, lend_paper, propose_disposal, take_back
from membership.archive.models import ArchivePaper
from membership.archive.queries import overdue_loans
from membership.archive.rules import PaperData
from membership.guidance.commands import finish_finding, record_visit
from membership.guidance.queries import open_findings
from membership.guidance.rules import FindingData
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.database import violated
from shared.principal import Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, form_fields, sign_in

TODAY = date(2026, 11, 23)


def test_a_finding_is_followed_up_once(runtime: Runtime, centre: Centre, branch: Organisation) -> None:
    facts = {"organisation_id": branch.id, "visited_on": date(2026, 11, 2), "centre": centre}
    finding = FindingData("学习记录不全", "补齐三季度记录", date(2026, 11, 20))
    wrong = FindingData("x", " ", date(2026, 11, 1))
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        record_visit(work, **facts, visitors=" ", summary="好", findings=[finding, wrong])
    assert [(one.code, one.field) for one in caught.value.reasons] == [
        ("visitors-needed", "visitors"),
        ("finding-incomplete", "findings.1"),
        ("due-before-visit", "findings.1"),
    ]
    with runtime.unit_of_work() as work:
        visit = record_visit(work, **facts, visitors="组织科", summary="总体较好", findings=[finding])
    with runtime.reading() as session:
        [late] = open_findings(session, until=TODAY)
        assert late.visit.organisation_id == branch.id
    with runtime.unit_of_work() as work:
        finish_finding(
            work, visit.findings[0].id, done_on=date(2026, 11, 22), outcome="已补齐", version=1, centre=centre
        )
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        finish_finding(work, visit.findings[0].id, done_on=TODAY, outcome="再补", version=2, centre=centre)
    assert caught.value.code == "done-already"


@pytest.fixture
def paper(runtime: Runtime, centre: Centre, branch: Organisation) -> ArchivePaper:
    with runtime.unit_of_work() as work:
        data = PaperData(branch.id, "2014年会议记录", date(2014, 5, 1), "A-1-3", "years-10")
        return enter_paper(work, data, centre=centre)


def test_a_paper_is_with_one_person_at_a_time(
    runtime: Runtime, centre: Centre, paper: ArchivePaper, register: Callable[..., Person]
) -> None:
    assert (paper.number, paper.keep_until) == ("2026-00001", date(2024, 12, 31))
    borrowers = [register("何一"), register("何二")]

    def lend(person_id: UUID) -> Callable[[], str]:
        def run() -> str:
            with runtime.unit_of_work() as work:
                days = {"lent_on": date(2026, 11, 1), "due_on": date(2026, 11, 10)}
                lend_paper(work, paper.id, person_id, **days, version=1, centre=centre)
            return "lent"

        return run

    assert sorted(at_once(*(lend(one.id) for one in borrowers))) == ["lent", "stale"]
    with runtime.reading() as session:
        assert [one.paper_id for one in overdue_loans(session, TODAY)] == [paper.id]
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        propose_disposal(work, paper.id, version=2, centre=centre)
    assert caught.value.code == "lent"
    with runtime.unit_of_work() as work:
        assert take_back(work, paper.id, TODAY, version=2, centre=centre).loan is None


def test_a_disposal_takes_two_people_also_for_the_database(
    runtime: Runtime, centre: Centre, paper: ArchivePaper, clerk: Callable[..., Principal]
) -> None:
    one, other = clerk("officer", "party"), clerk("officer", "party")
    with runtime.unit_of_work(actor=one) as work:
        propose_disposal(work, paper.id, version=1, centre=centre)
    with pytest.raises(Refused) as caught, runtime.unit_of_work(actor=one) as work:
        decide_disposal(work, paper.id, consent=True, version=2, centre=centre)
    assert caught.value.code == "second-person"
    alone = text("UPDATE archive_papers SET state = 'disposed', disposed_by_id = proposed_by_id")
    with pytest.raises(IntegrityError) as broken, runtime.database.writing() as session:
        session.execute(alone)
    assert violated(broken.value) == "ck_archive_papers_two_people"
    with runtime.unit_of_work(actor=other) as work:
        gone = decide_disposal(work, paper.id, consent=True, version=2, centre=centre)
    assert (gone.state, gone.disposed_by_id) == ("disposed", other.id)
    early = text("UPDATE archive_papers SET keep_until = '2030-12-31'")
    with pytest.raises(IntegrityError) as broken, runtime.database.writing() as session:
        session.execute(early)
    assert violated(broken.value) == "ck_archive_papers_ended"


def test_visits_and_papers_by_forms(runtime: Runtime, branch: Organisation, register: Callable[..., Person]) -> None:
    app = create_app(runtime)
    browsers = []
    for name in ("wang", "zhao"):
        add_staff(runtime, name, Grant("officer", "party"), language="zh-Hans")
        browsers.append(app.test_client())
        sign_in(browsers[-1], name)
    browser, second = browsers
    borrower = register("江舟", phone="13800138021")

    def send(url: str, who: object = browser, **fields: object) -> object:
        return who.post(url, data={**form_fields(who, url), **fields})

    visit = send(
        "/guidance/new",
        organisation_id=str(branch.id),
        summary="总体较好",
        **{"findings-0-finding": "记录不全", "findings-0-action": "补齐", "findings-0-due_on": "2026-12-01"},
    )
    assert visit.status_code == 303, visit.text
    follow = browser.get(visit.location).text.partition("/guidance/findings/")[2].partition('"')[0]
    assert send(f"/guidance/findings/{follow}", outcome="已补齐").status_code == 303
    assert "已补齐" in browser.get(visit.location).text
    assert browser.get("/guidance/").status_code == 200
    facts = {"organisation_id": str(branch.id), "title": "旧记录", "place": "B-2", "retention": "years-10"}
    entered = send("/archive/new", **facts, dated_on="2014-05-01")
    assert entered.status_code == 303, entered.text
    assert send(f"{entered.location}/lend", person="13800138021").status_code == 303
    assert borrower.name in browser.get("/archive/?state=lent").text
    assert send(f"{entered.location}/return").status_code == 303
    assert send(f"{entered.location}/propose").status_code == 303
    assert browser.get("/archive/").text.count("旧记录") >= 2
    assert send(f"{entered.location}/decide", consent="yes").status_code == 422
    assert send(f"{entered.location}/decide", who=second, consent="yes").status_code == 303
    reader = bearer(runtime, Grant("viewer", "party"))
    [kept] = app.test_client().get("/api/v1/archive-papers?state=disposed", headers=reader).json["items"]
    assert (kept["title"], len(kept["loans"])) == ("旧记录", 1)
    stranger = bearer(runtime, Grant("viewer", "union"))
    assert app.test_client().get(f"/api/v1/archive-papers/{kept['id']}", headers=stranger).status_code == 403

"""Terms of office: entering, postponing, elections that change who is in office, and when the next one is due."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from membership.app import create_app
from membership.elections.commands import enter_term, postpone_election, record_election
from membership.elections.models import CommitteeTerm
from membership.elections.queries import standings, terms_of
from membership.elections.rules import Candidate
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, form_fields, sign_in

TODAY = date(2026, 11, 23)


@pytest.fixture
def people(register: Callable[..., Person], join: Callable[..., Membership], branch: Organisation) -> list[Person]:
    found = [register(f"江{name}") for name in "一二三四五六七"]
    for person in found:
        join(person, branch, start_on=date(2020, 1, 1))
    join(found[0], branch, "secretary", date(2023, 3, 1))
    return found


@pytest.fixture
def term(runtime: Runtime, centre: Centre, branch: Organisation, people: list[Person]) -> CommitteeTerm:
    with runtime.unit_of_work() as work:
        return enter_term(work, organisation_id=branch.id, started_on=date(2023, 3, 1), centre=centre)


def _elected(people: list[Person]) -> list[Candidate]:
    roles = ["secretary", "committee-member", "committee-member", None]
    return [Candidate(people[n + 1].id, 6 if role else 2, 0, 0, role) for n, role in enumerate(roles)]


def test_an_election_hands_the_offices_over_without_a_gap(
    runtime: Runtime, centre: Centre, branch: Organisation, people: list[Person], term: CommitteeTerm
) -> None:
    assert (term.years, term.due_on) == (3, date(2026, 3, 1))
    with runtime.reading() as session:
        [mine] = standings(session, TODAY, only=branch.id)
        assert (mine.state, mine.full_members, mine.size) == ("overdue", 7, "committee-needed")
    with runtime.unit_of_work() as work:
        election = record_election(
            work,
            organisation_id=branch.id,
            held_on=date(2026, 11, 20),
            present=7,
            returned=7,
            candidates=_elected(people),
            years=5,
            centre=centre,
        )
    assert (election.due, len(election.candidates)) == (7, 4)
    with runtime.reading() as session:
        offices = session.scalars(select(Membership).where(Membership.role.in_(("secretary", "committee-member"))))
        periods = sorted((one.start_on, one.end_on, one.role) for one in offices)
        day = date(2026, 11, 20)
        assert periods[0] == (date(2023, 3, 1), day, "secretary")
        assert [period[0] for period in periods[1:]] == [day] * 3
        assert [(one.started_on, one.due_on, one.ended_on) for one in terms_of(session, branch.id)] == [
            (day, date(2031, 11, 20), None),
            (date(2023, 3, 1), date(2026, 3, 1), day),
        ]
        [mine] = standings(session, TODAY, only=branch.id)
        assert (mine.state, mine.committee, mine.size) == ("running", 3, None)


def test_a_refused_election_names_every_broken_rule_and_changes_nothing(
    runtime: Runtime, centre: Centre, branch: Organisation, people: list[Person], term: CommitteeTerm
) -> None:
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        record_election(
            work,
            organisation_id=branch.id,
            held_on=date(2026, 11, 24),
            present=5,
            returned=5,
            candidates=[Candidate(people[1].id, 2, 3, 0, "committee-member")],
            centre=centre,
        )
    codes = [one.code for one in caught.value.reasons]
    assert codes == ["day-ahead", "no-quorum", "no-majority", "one-head", "committee-size"]
    with runtime.reading() as session:
        assert [one.ended_on for one in terms_of(session, branch.id)] == [None]


def test_one_term_runs_at_a_time_and_is_postponed_once(runtime: Runtime, centre: Centre, branch: Organisation) -> None:
    def enter() -> str:
        with runtime.unit_of_work() as work:
            enter_term(work, organisation_id=branch.id, started_on=date(2024, 3, 1), centre=centre)
        return "entered"

    assert sorted(at_once(enter, enter)) == ["entered", "term-running"]
    facts = {"until": date(2027, 9, 1), "decided_on": TODAY, "note": "党委批复〔2026〕3号", "centre": centre}
    with runtime.unit_of_work() as work:
        term = work.session.scalars(select(CommitteeTerm)).one()
        assert postpone_election(work, term.id, **facts, version=1).last_day == date(2027, 9, 1)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        postpone_election(work, term.id, **facts, version=2)
    assert caught.value.code == "postponed-already"


def test_terms_and_elections_by_forms_and_by_api(runtime: Runtime, branch: Organisation, people: list[Person]) -> None:
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("officer", "party"), language="zh-Hans")
    browser = app.test_client()
    sign_in(browser, "party")

    def send(url: str, **fields: object) -> object:
        return browser.post(url, data={**form_fields(browser, url), **fields})

    assert send(f"/elections/{branch.id}/term", started_on="2023-03-01").status_code == 303
    reader = bearer(runtime, Grant("viewer", "party"))
    [standing] = [
        one
        for one in app.test_client().get("/api/v1/terms", headers=reader).json
        if one["organisation_id"] == str(branch.id)
    ]
    assert (standing["state"], standing["term"]["due_on"]) == ("overdue", "2026-03-01")
    postponed = send(f"/elections/terms/{standing['term']['id']}/postpone", until="2027-03-01", note="党委批复3号")
    assert postponed.status_code == 303, postponed.text
    ballot = {"present": "7", "returned": "7"}
    for place, role in enumerate(("secretary", "committee-member", "committee-member")):
        ballot |= {
            f"candidates-{place}-person": str(people[place].id),
            f"candidates-{place}-in_favour": "7",
            f"candidates-{place}-role": role,
        }
    url = f"/elections/{branch.id}/new?day=2026-11-20"
    assert send(url, **{**ballot, "candidates-0-in_favour": "3"}).status_code == 422
    recorded = send(url, **ballot)
    assert recorded.status_code == 303, recorded.text
    assert people[2].name in browser.get(f"/branches/{branch.id}").text
    assert branch.name_zh in browser.get("/elections/?state=running&sort=-since").text
    assert branch.name_zh not in browser.get("/elections/?state=none").text
    first = browser.get("/elections/?limit=1").text
    assert "cursor=" in first
    assert branch.name_zh in browser.get("/elections/?export=csv").get_data(as_text=True)

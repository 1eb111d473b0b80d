"""Development files on the database: stages, memberships, ballots, events, deadlines, and who may look."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, update
from sqlalchemy.exc import IntegrityError

from membership.app import create_app
from membership.ballots.models import Ballot, BallotRoll
from membership.development.commands import (
    PaperData,
    add_paper,
    close_file,
    open_file,
)
from membership.development.timers import announce_what_is_due
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.database import violated
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, NotFound, Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, form_fields, sign_in

START = date(2024, 3, 4)
BORN = date(1995, 5, 1)


def roles(runtime: Runtime, person: Person) -> list[tuple[str, date, date | None]]:
    with runtime.reading() as session:
        query = select(Membership).where(Membership.person_id == person.id).order_by(Membership.start_on)
        return [(one.role, one.start_on, one.end_on) for one in session.scalars(query)]


def test_from_the_application_to_party_age(runtime: Runtime, way: Any, applicant: Person) -> None:
    way.to_activist(START)
    closed = way.to_target(START)
    way.to_meeting(closed)
    way.vote(closed, in_favour=3, against=1)
    way.take("approval", closed + timedelta(days=60))
    assert way.file.stage == "probationary"
    ends = closed.replace(year=closed.year + 1)
    assert way.file.probation_ends_on == ends
    for step in ("conversion-application", "conversion-opinions", "conversion-committee"):
        way.take(step, ends - timedelta(days=1))
    way.vote(ends + timedelta(days=5), in_favour=5)
    way.take("conversion-approval", ends + timedelta(days=40))
    assert (way.file.state, way.file.stage, way.file.deadlines) == ("full", "full", [])
    assert roles(runtime, applicant) == [
        ("activist", START, closed),
        ("probationary-member", closed, ends),
        ("member", ends, None),
    ]
    told = [(event.data["stage"], event.data["reached_on"]) for event in recorded(runtime, "development.stage-reached")]
    assert told == [
        ("applicant", START.isoformat()),
        ("activist", START.isoformat()),
        ("target", closed.isoformat()),
        ("probationary", (closed + timedelta(days=60)).isoformat()),
        ("full", (ends + timedelta(days=40)).isoformat()),
    ]
    with pytest.raises(Refused) as caught:
        way.take("review", ends)
    assert caught.value.code == "file-closed"


def test_a_refused_step_leaves_nothing_behind(runtime: Runtime, way: Any) -> None:
    before = len(recorded(runtime))
    with pytest.raises(Refused) as caught:
        way.take("target-decided", date(2024, 9, 1))
    assert {reason.code for reason in caught.value.reasons} == {"step-missing"}
    assert [reason.facts["step"] for reason in caught.value.reasons] == ["activist-filed", "opinions-heard"]
    assert caught.value.reasons[0].facts["rule_pack"] == "2014"
    assert ([paper.kind for paper in way.file.papers], len(recorded(runtime))) == (["application-letter"], before)


def test_a_lost_vote_is_a_step_that_failed_and_may_be_held_again(way: Any) -> None:
    way.to_activist(START)
    closed = way.to_target(START)
    way.to_meeting(closed)
    with pytest.raises(Refused) as caught:
        way.vote(closed, in_favour=2, present=2)
    assert caught.value.code == "no-quorum"
    way.vote(closed, in_favour=2, present=3)
    assert (way.file.stage, way.file.steps[-1].passed) == ("target", False)
    way.vote(closed + timedelta(days=7), in_favour=3, present=3)
    assert way.file.steps[-1].passed


def test_no_row_of_a_ballot_could_hold_what_somebody_chose(runtime: Runtime, way: Any) -> None:
    """The roll knows people and no votes, the sums know votes and no people, and there is no third table."""
    way.to_activist(START)
    closed = way.to_target(START)
    way.to_meeting(closed)
    way.vote(closed, in_favour=4, against=1)
    assert set(BallotRoll.__table__.columns.keys()) == {"ballot_id", "person_id", "present"}
    votes = {"in_favour", "against", "abstained", "invalid"}
    with_votes = [
        name
        for name in inspect(runtime.database.engine).get_table_names()
        if votes & {column["name"] for column in inspect(runtime.database.engine).get_columns(name)}
    ]
    # of an election the sums of each candidate, and who voted nowhere
    assert sorted(with_votes) == ["ballots", "election_candidates"]
    assert not {key.column.table.name for key in Ballot.__table__.foreign_keys} & {"people", "ballot_rolls"}
    with runtime.reading() as session:
        assert len(session.scalars(select(BallotRoll)).all()) == 5
        [ballot] = session.scalars(select(Ballot)).all()
    assert (ballot.due, ballot.in_favour, ballot.against, ballot.passed) == (5, 4, 1, True)
    assert (ballot.rule_pack, ballot.quorum_part, ballot.majority_whole, ballot.majority_strict) == ("2014", 1, 2, True)
    with pytest.raises(IntegrityError) as broken, runtime.database.writing() as session:
        session.execute(update(Ballot).values(in_favour=2, against=3))
    assert violated(broken.value) == "ck_ballots_passed"
    with runtime.database.writing() as session:  # by a share that asks for less, the same votes are enough
        session.execute(
            update(Ballot).values(in_favour=2, against=3, majority_part=2, majority_whole=5, majority_strict=False)
        )


def test_one_open_file_a_person_also_of_two_at_a_time(
    runtime: Runtime, centre: Centre, applicant: Person, branch: Organisation
) -> None:
    def open_one() -> str:
        with runtime.unit_of_work() as work:
            open_file(
                work,
                person_id=applicant.id,
                organisation_id=branch.id,
                received_on=START,
                papers=[PaperData("application-letter", START)],
                centre=centre,
            )
        return "opened"

    assert sorted(at_once(*[open_one] * 4)) == ["file-open"] * 3 + ["opened"]


def test_what_falls_due_is_announced_once_with_who_takes_care(
    runtime: Runtime, way: Any, clock: SettableClock, members: list[Person]
) -> None:
    way.to_activist(date(2024, 3, 4))
    way.take("review", date(2026, 9, 10))
    announce_what_is_due(runtime)
    assert [event.data["due"] for event in recorded(runtime, "development.review-due")] == []
    clock.advance(days=100)
    assert announce_what_is_due(runtime) == 1
    assert announce_what_is_due(runtime) == 0
    [event] = recorded(runtime, "development.review-due")
    assert (event.data["due_on"], event.data["helpers"]) == ("2027-03-10", [str(members[0].id)])


def test_closing_ends_the_role_and_allows_a_new_file(
    runtime: Runtime, centre: Centre, way: Any, applicant: Person, branch: Organisation
) -> None:
    way.to_activist(START)
    with runtime.unit_of_work() as work:
        close_file(work, way.file_id, "withdrawn", version=way.file.version, centre=centre)
    assert roles(runtime, applicant) == [("activist", START, date(2026, 11, 23))]
    assert recorded(runtime, "development.stage-reached")[-1].data["stage"] == "closed"
    with runtime.unit_of_work() as work:
        open_file(
            work,
            person_id=applicant.id,
            organisation_id=branch.id,
            received_on=date(2026, 11, 23),
            papers=[PaperData("application-letter", date(2026, 11, 23))],
            centre=centre,
        )


def test_other_bodies_do_not_learn_that_a_file_exists(
    runtime: Runtime, centre: Centre, way: Any, clerk: Callable[..., Principal]
) -> None:
    with pytest.raises(NotFound), runtime.unit_of_work(actor=clerk("manager", "union")) as work:
        add_paper(work, way.file_id, PaperData("autobiography", START), centre=centre)
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("viewer", "party")) as work:
        add_paper(work, way.file_id, PaperData("autobiography", START), centre=centre)
    client = create_app(runtime).test_client()
    headers = bearer(runtime, Grant("manager", "union"))
    for file_id in (way.file_id, new_id()):  # the door is shut before anybody looks whether there is such a file
        assert client.get(f"/api/v1/development-files/{file_id}", headers=headers).status_code == 403
    assert client.get("/api/v1/development-files", headers=headers).status_code == 403


def test_programs_lead_a_file_and_read_the_reasons(runtime: Runtime, way: Any) -> None:
    client = create_app(runtime).test_client()
    headers = {**bearer(runtime, Grant("officer", "party")), "Accept-Language": "en"}
    url = f"/api/v1/development-files/{way.file_id}"
    found = client.get(url, headers=headers)
    steps = client.get(f"{url}/timetable?from=2026-12-01", headers=headers).json["steps"]
    assert (steps[0]["step"], steps[0]["earliest"], steps[0]["ready"]) == ("talk", "2026-12-01", True)
    assert steps[-1]["earliest"] > "2028-12-01"
    wrong = client.post(
        f"{url}/steps",
        headers={**headers, "If-Match": found.headers["ETag"], "Idempotency-Key": "one"},
        json={"step": "target-decided", "held_on": "2026-11-20"},
    )
    assert wrong.status_code == 422
    reason = wrong.json["reasons"][0]
    assert (reason["code"], reason["facts"]["article"], reason["facts"]["rule_pack"]) == ("step-missing", "13", "2026")
    right = client.post(
        f"{url}/steps",
        headers={**headers, "If-Match": found.headers["ETag"], "Idempotency-Key": "two"},
        json={
            "step": "talk",
            "held_on": "2024-05-20",
            "papers": [{"kind": "talk-record", "received_on": "2024-05-20"}],
        },
    )
    assert right.status_code == 200, right.json
    assert right.json["steps"][-1]["late"] is True


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page_of_a_file_opens(runtime: Runtime, way: Any, language: str) -> None:
    way.to_activist(START)
    add_staff(runtime, "party", Grant("officer", "party"), language=language)
    browser = create_app(runtime).test_client()
    sign_in(browser, "party")
    home = f"/development/{way.file_id}"
    for url in (
        "/development/",
        "/development/?stage=activist&q=林",
        "/development/rules",
        "/development/new",
        home,
        f"{home}?from=2027-01-01",
        f"{home}/steps/training",
        f"{home}/steps/review",
        f"{home}/ballot?day=2026-11-01",
        f"{home}/papers",
        f"{home}/close",
    ):
        answer = browser.get(url)
        assert answer.status_code == 200, url


def test_steps_and_ballots_are_entered_by_forms(runtime: Runtime, way: Any, members: list[Person]) -> None:
    way.to_activist(START)
    closed = way.to_target(START)
    add_staff(runtime, "party", Grant("officer", "party"), language="en")
    browser: FlaskClient = create_app(runtime).test_client()
    sign_in(browser, "party")
    home = f"/development/{way.file_id}"

    def send(url: str, **fields: object) -> object:
        return browser.post(url, data={**form_fields(browser, url), **fields})

    refused = send(f"{home}/steps/training", held_on=closed.isoformat(), days="1")
    assert refused.status_code == 422
    assert "at least 3 days or 24 hours" in refused.text
    assert "The paper is missing: Certificate of training" in refused.text
    way.to_meeting(closed)
    url = f"{home}/ballot?day={closed.isoformat()}"
    there = [str(one.id) for one in members]
    voted = send(url, present=there, in_favour="4", against="1", papers=["admission-form"])
    assert voted.status_code == 303, voted.text
    assert "Admission approved" in browser.get(home).text

"""Somebody of another body does not learn that a case exists, whichever way they ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from shared.identifiers import new_id
from shared.principal import SYSTEM, Grant, Principal
from shared.testing.web import bearer
from welfare import wall
from welfare.app import create_app
from welfare.disputes.commands import add_session, open_dispute, settle_dispute
from welfare.funds.models import Fund
from welfare.lookups import Person
from welfare.relief.payments import pay_out
from welfare.talks.commands import record_talk
from welfare.talks.models import Talk

BODIES: dict[str, Any] = {
    "PATCH /api/v1/talks/<uuid:talk_id>": {"starts_at": "2026-11-24T01:00:00Z", "ends_at": "2026-11-24T02:00:00Z"},
    "POST /api/v1/talks/<uuid:talk_id>/hold": {"outcome": "advised"},
    "POST /api/v1/disputes/<uuid:dispute_id>/sessions": {"held_on": "2026-11-23"},
    "POST /api/v1/disputes/<uuid:dispute_id>/settle": {"closed_on": "2026-11-23"},
    "POST /api/v1/disputes/<uuid:dispute_id>/give-up": {"closed_on": "2026-11-23"},
    "POST /api/v1/relief-applications/<uuid:application_id>/visit": {"visited_on": "2026-11-23"},
    "POST /api/v1/funds/<uuid:fund_id>/budget": {"amount": "1.00"},
    "POST /api/v1/disbursements/<uuid:disbursement_id>/reverse": {"reason": "other"},
}
MAKING = {
    "POST /api/v1/talks",
    "POST /api/v1/talks/held",
    "POST /api/v1/disputes",
    "POST /api/v1/relief-applications",
    "POST /api/v1/campaigns",
    "POST /api/v1/funds",
}
"""Routes that make something new; what they refer to is tried on its own below."""


@pytest.fixture
def app(centre) -> Flask:
    return create_app(centre.runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ids(centre, when) -> dict[str, UUID]:
    """One case of each kind, all of the trade union."""
    with centre.work() as work:
        talk = record_talk(
            work,
            centre.keys,
            body="union",
            person_id=centre.person(3),
            starts_at=when(0, day=20),
            ends_at=when(1, day=20),
            outcome="advised",
            note="SECRET",
        )
        dispute = open_dispute(
            work,
            centre.keys,
            body="union",
            person_ids=[centre.person(3)],
            kind="wages",
            today=centre.today,
            matter="SECRET",
        )
        session = add_session(work, centre.keys, dispute.id, held_on=centre.today, today=centre.today, note="SECRET")
        settle_dispute(work, centre.keys, dispute.id, closed_on=centre.today, today=centre.today, terms="SECRET")
    fund = centre.fund(body="union")
    campaign = centre.campaign()
    application = centre.application(fund, person=3, approved=True, circumstances="SECRET", campaign_id=campaign.id)
    with centre.work(centre.payer) as work:
        disbursement = pay_out(work, application.id, today=centre.today)
    return {
        "talk_id": talk.id,
        "dispute_id": dispute.id,
        "session_id": session.id,
        "fund_id": fund.id,
        "campaign_id": campaign.id,
        "application_id": application.id,
        "visit_id": application.visits[0].id,
        "disbursement_id": disbursement.id,
    }


@pytest.fixture
def stranger(centre) -> dict[str, str]:
    """The strongest role there is, in another body."""
    return bearer(centre.runtime, Grant("admin", "women"))


@pytest.fixture
def insider(centre) -> dict[str, str]:
    return bearer(centre.runtime, Grant("officer", "union"))


@contextmanager
def watched() -> Iterator[list[str]]:
    """SELECTs that touch a case without having passed the wall."""
    passed_by: list[str] = []

    def look(state: Any) -> None:
        own_row = state.is_column_load or state.is_relationship_load
        passed = own_row or state.execution_options.get(wall.PASSED)
        if state.is_select and not passed and wall.case_tables(state.statement):
            passed_by.append(str(state.statement))

    event.listen(Session, "do_orm_execute", look)
    try:
        yield passed_by
    finally:
        event.remove(Session, "do_orm_execute", look)


def routes(app: Flask) -> list[tuple[str, str, set[str]]]:
    return [
        (method, rule.rule, set(rule.arguments))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def ask(client: FlaskClient, method: str, rule: str, ids: dict[str, UUID], headers: dict[str, str]) -> Any:
    address = rule.replace("<string:part>", "matter")
    for name, value in ids.items():
        address = address.replace(f"<uuid:{name}>", str(value))
    assert "<" not in address, f"no id for {rule}"
    more = {"If-Match": '"1"'} if method == "PATCH" else {}
    body = {} if method == "GET" else {"json": BODIES.get(f"{method} {rule}", {})}
    return client.open(address, method=method, headers={**headers, **more}, **body)


def test_every_route_about_one_case_answers_404_exactly_as_if_it_did_not_exist(app, client, ids, stranger) -> None:
    nothing = {name: new_id() for name in ids}
    tried = 0
    for method, rule, arguments in routes(app):
        if not arguments:
            continue
        with watched() as passed_by:
            hidden, absent = (ask(client, method, rule, these, stranger) for these in (ids, nothing))
        assert passed_by == [], rule
        assert (hidden.status_code, absent.status_code) == (404, 404), (method, rule, hidden.text)
        assert {**hidden.json, "request_id": None} == {**absent.json, "request_id": None}, rule
        tried += 1
    assert tried >= 20


def test_the_same_routes_answer_those_of_the_body(app, client, ids, insider) -> None:
    for method, rule, arguments in routes(app):
        if not arguments:
            continue
        with watched() as passed_by:
            answer = ask(client, method, rule, ids, insider)
        assert answer.status_code not in (404, 500), (method, rule, answer.text)
        assert passed_by == [], rule


FILTERS = (
    "",
    "body=union",
    "q=Person",
    "q=Winter",
    "state=open",
    "state=held",
    "state=paid",
    "state=settled",
    "kind=wages",
)


def test_no_list_count_search_or_filter_shows_a_case(app, client, ids, stranger, insider, centre) -> None:
    with_ids = (*(f"{name}={ids[name]}" for name in ("fund_id", "campaign_id")), f"person_id={centre.person(3)}")
    lists = [rule for method, rule, arguments in routes(app) if method == "GET" and not arguments]
    assert len(lists) >= 6
    for address in lists:
        if address.endswith("/period"):
            continue
        found = set()
        for query in (*FILTERS, *with_ids):
            with watched() as passed_by:
                hidden = client.get(f"{address}?{query}", headers=stranger)
                shown = client.get(f"{address}?{query}", headers=insider)
            assert passed_by == [], address
            if hidden.status_code == 200:
                assert (hidden.json["items"], hidden.json["next"]) == ([], None), (address, query)
            found |= {item["id"] for item in (shown.json.get("items") or [])}
        assert found & {str(value) for value in ids.values()}, f"{address} shows nothing to its own body either"


def test_the_report_of_another_body_counts_nothing_of_it(client, ids, stranger, insider) -> None:
    address = "/api/v1/reports/period?from=2026-01-01&to=2026-12-31"
    with watched() as passed_by:
        hidden, shown = (client.get(address, headers=headers).json for headers in (stranger, insider))
    assert passed_by == []
    counts = ("talks_received", "disputes_settled", "disputes_unsettled", "families_visited", "families_helped")
    nothing = {**dict.fromkeys(counts, 0), "amount_paid": "0.00"}
    assert hidden["bodies"] == [{"body": "women", **nothing}]
    assert hidden["totals"] == {"body": None, **nothing}
    assert shown["totals"] == {
        "body": None,
        "talks_received": 1,
        "disputes_settled": 1,
        "disputes_unsettled": 0,
        "families_visited": 1,
        "families_helped": 1,
        "amount_paid": "2000.00",
    }


def test_what_a_new_thing_refers_to_is_not_found_out_either(app, client, ids, stranger, centre) -> None:
    made = {f"{method} {rule}" for method, rule, arguments in routes(app) if method == "POST" and not arguments}
    assert made == {*MAKING, "POST /api/v1/disbursements"}
    answers = []
    for application_id in (ids["application_id"], new_id()):
        answer = client.post(
            "/api/v1/disbursements", json={"relief_application_id": str(application_id)}, headers=stranger
        )
        answers.append((answer.status_code, answer.json["code"]))
    own = {"fund_id": str(centre.fund(code="own", body="women").id)}
    asking = {"body": "women", "person_id": str(centre.person(3)), "amount_asked": "1.00", "occasion": "other"}
    days = {"starts_on": "2026-11-01", "ends_on": "2026-12-01"}
    planning = {"body": "women", "name_zh": "送温暖", "name_en": "Warmth", **days}
    for address, body, name in (
        ("relief-applications", asking, "fund_id"),
        ("relief-applications", {**asking, **own}, "campaign_id"),
        ("campaigns", planning, "fund_id"),
    ):
        for one in (ids[name], new_id()):
            answer = client.post(f"/api/v1/{address}", json={**body, name: str(one)}, headers=stranger)
            answers.append((answer.status_code, answer.json["code"]))
    expected = [(404, "not-found"), (422, "fund-unknown"), (422, "campaign-unknown"), (422, "fund-unknown")]
    assert answers == [one for one in expected for _attempt in range(2)]


def test_somebody_without_any_role_sees_no_case_and_no_fund(centre, ids) -> None:
    nobody = Principal(id=new_id(), name="nobody")
    with centre.runtime.reading() as session:
        for model in (Talk, Fund):
            assert session.scalars(wall.visible(select(model), nobody)).all() == []
            assert session.scalar(wall.visible(select(func.count()).select_from(model), SYSTEM)) == 1


def test_a_statement_that_reads_no_case_has_no_business_at_the_wall() -> None:
    with pytest.raises(TypeError):
        wall.visible(select(Person), SYSTEM)

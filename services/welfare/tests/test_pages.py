"""Staff pages: everything can be reached and done by hand, and the wall stands there too."""

from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from shared.identifiers import new_id
from shared.principal import Grant
from shared.testing.delivery import recorded
from shared.testing.web import add_staff, form_fields, sign_in
from welfare.app import create_app
from welfare.disputes.commands import add_session, open_dispute
from welfare.talks.commands import arrange_talk, record_talk

OWN = (
    "dashboard.",
    "talks_pages.",
    "disputes_pages.",
    "relief_pages.",
    "relief_steps.",
    "campaigns_pages.",
    "funds_pages.",
    "report_pages.",
)


@pytest.fixture
def app(centre) -> Flask:
    add_staff(centre.runtime, "insider", Grant("manager", "union"))
    add_staff(centre.runtime, "stranger", Grant("admin", "women"))
    add_staff(centre.runtime, "second", Grant("manager", "union"))
    return create_app(centre.runtime)


def signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, username)
    return client


@pytest.fixture
def ids(centre, when) -> dict[str, Any]:
    """Cases of the trade union, each in the middle of something."""
    with centre.work() as work:
        person = centre.person(3)
        talk = arrange_talk(work, body="union", person_id=person, starts_at=when(2), ends_at=when(3))
        dispute = open_dispute(
            work, centre.keys, body="union", person_ids=[person], kind="work", today=centre.today, matter="SECRET"
        )
        session = add_session(work, centre.keys, dispute.id, held_on=centre.today, today=centre.today, note="SECRET")
    fund = centre.fund(body="union")
    campaign = centre.campaign()
    application = centre.application(fund, person=3, approved=True, circumstances="SECRET", campaign_id=campaign.id)
    return {
        "talk_id": talk.id,
        "dispute_id": dispute.id,
        "session_id": session.id,
        "application_id": application.id,
        "visit_id": application.visits[0].id,
        "fund_id": fund.id,
        "campaign_id": campaign.id,
    }


def pages_about_one(app: Flask, method: str = "GET") -> list[Any]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(OWN) and set(rule.arguments) and method in (rule.methods or ())
    ]


def address(app: Flask, rule: Any, ids: dict[str, Any]) -> str:
    values = {name: ids.get(name, "matter") for name in rule.arguments}
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def test_every_page_about_one_case_is_404_for_another_body_and_there_for_its_own(app, ids) -> None:
    stranger, insider = signed_in(app, "stranger"), signed_in(app, "insider")
    rules = pages_about_one(app)
    assert len(rules) >= 19
    for rule in rules:
        where = address(app, rule, ids)
        assert stranger.get(where).status_code == 404, where
        if rule.endpoint != "funds_pages.add_budget":
            answer = insider.get(where)
            assert answer.status_code == 200, where
            assert "SECRET" not in answer.text, where


def test_nothing_can_be_posted_about_a_case_of_another_body(app, ids) -> None:
    stranger = signed_in(app, "stranger")
    token = form_fields(stranger, "/funds/new")["csrf_token"]
    for rule in pages_about_one(app, "POST"):
        data = {
            "csrf_token": token,
            "starts_at": "2026-11-24T09:00",
            "minutes": "30",
            "outcome": "advised",
            "held_on": "2026-11-23",
            "closed_on": "2026-11-23",
            "visited_on": "2026-11-23",
            "paid_on": "2026-11-23",
            "amount": "1.00",
            "reason": "other",
        }
        answer = stranger.post(address(app, rule, ids), data=data)
        assert answer.status_code == 404, (rule.rule, answer.status_code)


def test_lists_dashboard_and_report_open_empty_and_full(app, ids) -> None:
    for username, shown in (("stranger", False), ("insider", True)):
        client = signed_in(app, username)
        for where in (
            "/",
            "/talks/",
            "/disputes/",
            "/relief/",
            "/funds/",
            "/campaigns/",
            "/report/",
            "/talks/?state=open&q=Person",
        ):
            answer = client.get(where)
            assert answer.status_code == 200, where
            if where == "/campaigns/":
                assert ("Winter warmth" in answer.text) == shown
            elif where not in ("/report/", "/funds/"):
                assert ("Person 3" in answer.text) == shown, where


def test_opening_a_sealed_text_shows_it_and_leaves_a_trace(app, ids) -> None:
    insider = signed_in(app, "insider")
    where = f"/relief/{ids['application_id']}"
    answer = insider.post(f"{where}/circumstances", data={"csrf_token": form_fields(insider, where)["csrf_token"]})
    assert "SECRET" in answer.text
    assert "Confidential text read" in insider.get(where).text


def test_an_appointment_is_made_from_the_person_on(app, centre) -> None:
    insider = signed_in(app, "insider")
    assert "/talks/new?person=" in insider.get("/choose/talk?q=Person+3").text
    where = f"/talks/new?person={centre.person(3)}"
    answer = insider.post(where, data={**form_fields(insider, where), "starts_at": "2026-11-24T09:00", "minutes": "45"})
    assert answer.status_code == 303, answer.text
    [event] = recorded(centre.runtime, "talk.place-requested")
    assert event.data["starts_at"] == "2026-11-24T01:00:00+00:00"


def test_a_walk_in_is_written_down_with_its_note(app, centre) -> None:
    insider = signed_in(app, "insider")
    where = f"/talks/held?person={centre.person(3)}"
    data = {**form_fields(insider, where), "starts_at": "2026-11-23T08:00", "minutes": "30"}
    refused = insider.post(where, data={**data, "note": "typed before"})
    assert refused.status_code == 422
    assert "typed before" in refused.text
    answer = insider.post(where, data={**data, "outcome": "advised", "note": "SECRET"}, follow_redirects=True)
    assert "There is" not in answer.text
    assert "Open and read" in answer.text


def test_relief_goes_through_its_steps_by_hand(app, centre) -> None:
    fund = centre.fund(body="union")
    insider, second = signed_in(app, "insider"), signed_in(app, "second")

    def send(client: FlaskClient, where: str, **more: str) -> Any:
        return client.post(where, data={**form_fields(client, where), **more})

    made = send(
        insider,
        f"/relief/new?person={centre.person(3)}",
        fund_id=str(fund.id),
        amount_asked="2000",
        occasion="illness",
        circumstances="SECRET",
    )
    assert made.status_code == 303, made.text
    where = made.location
    assert send(insider, f"{where}/visit", finding="SECRET").status_code == 303
    refused = send(insider, f"{where}/approve")
    assert refused.status_code == 422
    assert "You drafted this application; somebody else has to decide." in refused.text
    assert send(second, f"{where}/approve").status_code == 303
    assert "somebody else has to pay" in send(second, f"{where}/pay").text
    assert send(insider, f"{where}/pay", receipt="R-7").status_code == 303
    shown = second.get(where).text
    assert "Paid out" in shown
    assert "Take the pay-out back" in shown
    assert "¥2,000.00" in second.get(f"/funds/{fund.id}").text


def test_a_campaign_goes_from_plan_to_result_by_hand(app, centre) -> None:
    fund = centre.fund(body="union")
    insider, second = signed_in(app, "insider"), signed_in(app, "second")

    def send(client: FlaskClient, where: str, **more: str) -> Any:
        return client.post(where, data={**form_fields(client, where), **more})

    days = {"starts_on": "2026-11-01", "ends_on": "2026-11-10"}
    names = {"name_zh": "冬送温暖", "name_en": "Winter warmth", "purpose": "Warm rooms."}
    refused = send(insider, "/campaigns/new", **names, **days)
    assert refused.status_code == 422
    assert "is over." in refused.text
    made = send(insider, "/campaigns/new", **names, **{**days, "ends_on": "2027-02-28"}, fund_id=str(fund.id))
    assert made.status_code == 303, made.text
    where = made.location
    assert send(insider, f"{where}/open").status_code == 303
    assert "starts_on" not in form_fields(insider, f"{where}/change")
    assert send(insider, f"{where}/change", name_en="Winter warmth 2026").status_code == 303

    campaign_id = where.rpartition("/")[2]
    case = send(
        insider,
        f"/relief/new?person={centre.person(3)}",
        fund_id=str(fund.id),
        campaign_id=campaign_id,
        amount_asked="2000",
        occasion="illness",
    ).location
    assert "Winter warmth 2026" in insider.get(case).text
    cannot = insider.get(f"{where}/close").text
    assert "Applications that still wait: 1." in cannot
    assert send(insider, f"{case}/visit").status_code == 303
    assert send(second, f"{case}/approve").status_code == 303
    assert send(insider, f"{case}/pay").status_code == 303
    assert "families helped 1, paid out ¥2,000.00" in insider.get(f"{where}/close").text
    assert send(insider, f"{where}/close").status_code == 303
    shown = insider.get(where).text
    assert "Closed for good" in shown
    assert "Person 3" in shown
    assert "not opened again" in insider.get(f"{where}/open").text


def test_people_of_a_dispute_are_chosen_one_by_one(app, centre) -> None:
    insider = signed_in(app, "insider")
    one, two = centre.person(3), centre.person(4)
    page = insider.get(f"/choose/dispute?person={one}&q=Person+4").text
    assert f"/choose/dispute?person={one}&amp;person={two}" in page
    assert f"/disputes/new?person={one}" in page
    where = f"/disputes/new?person={one}&person={two}"
    answer = insider.post(where, data={**form_fields(insider, where), "kind": "wages"})
    assert answer.status_code == 303
    [event] = recorded(centre.runtime, "dispute.opened")
    assert event.data["person_ids"] == [str(one), str(two)]


def test_a_case_that_never_was_is_the_friendly_404(app) -> None:
    answer = signed_in(app, "insider").get(f"/talks/{new_id()}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_held_talks_of_other_bodies_are_not_on_the_dashboard(app, centre, when) -> None:
    with centre.work() as work:
        record_talk(
            work,
            centre.keys,
            body="union",
            person_id=centre.person(5),
            starts_at=when(0, 10, day=23),
            ends_at=when(0, 50, day=23),
            outcome="advised",
        )
    assert "Person 5" in signed_in(app, "insider").get("/").text
    assert "Person 5" not in signed_in(app, "stranger").get("/").text


def test_lists_are_sorted_and_exported_within_the_wall(app: Flask, ids: dict[str, Any]) -> None:
    insider, stranger = signed_in(app, "insider"), signed_in(app, "stranger")
    for path, sorts in {
        "/talks/": ("person", "-when", "officer"),
        "/disputes/": ("opened", "-opened"),
        "/relief/": ("person", "-applied", "asked"),
        "/campaigns/": ("name", "-days"),
        "/funds/": ("budget", "-left"),
        f"/funds/{ids['fund_id']}": ("day", "-amount"),
    }.items():
        for sort in sorts:
            assert "aria-sort" in insider.get(f"{path}?sort={sort}").text
            lines = 3 if str(ids["fund_id"]) in path else 2
            assert len(insider.get(f"{path}?sort={sort}&export=csv").data.splitlines()) == lines, path
            seen = stranger.get(f"{path}?sort={sort}&export=csv")
            assert seen.status_code == 404 if lines == 3 else len(seen.data.splitlines()) == 1, path
    assert b"SECRET" not in insider.get("/relief/?export=csv").data


def test_what_two_people_change_shows_both_versions(app: Flask, ids: dict[str, Any]) -> None:
    client = signed_in(app, "insider")
    talk = f"/talks/{ids['talk_id']}/move"
    first, second = form_fields(client, talk), form_fields(client, f"{talk}?starts_at=2026-12-30T01:00:00Z")
    assert client.post(talk, data={**first, "minutes": "50"}).status_code == 303
    answer = client.post(talk, data={**second, "minutes": "55"})
    assert answer.status_code == 409
    for said in ("Both changed it", ">50<", ">55<", "2026-12-30T09:00"):
        assert said in answer.text
    case = f"/relief/{ids['application_id']}/change"
    first, second = form_fields(client, case), form_fields(client, case)
    assert client.post(case, data={**first, "amount_asked": "900.00"}).status_code == 303
    answer = client.post(case, data={**second, "amount_asked": "800", "circumstances": "SECRET anew"})
    assert answer.status_code == 409
    for said in ("Both changed it", ">900.00<", ">800.00<", "Insider saved on"):
        assert said in answer.text
    campaign = f"/campaigns/{ids['campaign_id']}/change"
    first, second = form_fields(client, campaign), form_fields(client, campaign)
    assert client.post(campaign, data={**first, "name_en": "Warm rooms"}).status_code == 303
    assert "Warm rooms" in client.post(campaign, data={**second, "name_zh": "送温暖"}).text

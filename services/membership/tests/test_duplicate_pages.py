"""Duplicates and merges over pages and the API, the way staff and programs use them."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from membership.app import create_app
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded
from shared.testing.web import add_staff, bearer, form_fields, sign_in

BORN = date(1990, 5, 1)


@pytest.fixture
def browser(runtime: Runtime) -> FlaskClient:
    add_staff(runtime, "manager", Grant("manager", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "manager")
    return client


def test_two_records_are_compared_merged_and_followed(
    browser: FlaskClient, register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]
) -> None:
    old = register("王小明", birth_on=BORN, phone="13800138000")
    into = register("王小明", birth_on=BORN, phone="13900139000")
    held = join(old, branch)
    join(into, branch, start_on=date(2026, 3, 1))
    compare = f"/duplicates/{old.id}/{into.id}"
    assert compare in browser.get("/duplicates/").text
    assert "One person or two?" in browser.get(compare).text
    url = f"/duplicates/{old.id}/into/{into.id}"
    assert "A merge cannot be undone." in browser.get(url).text
    fields = {**form_fields(browser, url), "reason": "entered twice", "field_phone": "old"}
    refused = browser.post(url, data=fields)
    assert refused.status_code == 422
    assert "Say which period stays." in refused.text
    fields = {**form_fields(browser, url), "reason": "entered twice", "field_phone": "old"}
    done = browser.post(url, data={**fields, f"membership_{held.id.hex}": "old"})
    assert done.location == f"/duplicates/merges/{old.id}"
    assert "Still to answer" in browser.get(done.location).text
    assert "0 of 4 have answered" in browser.get("/duplicates/").text
    led = browser.get(f"/people/{old.id}")
    assert (led.status_code, led.location) == (301, f"/people/{into.id}")
    shown = browser.get(led.location).text
    assert "138 0013 8000" in shown
    assert "Merged with another record" in shown


def test_a_pair_that_is_two_people_is_decided_once_and_looked_at_again(
    browser: FlaskClient, register: Callable[..., Person]
) -> None:
    first, second = register("王小明", birth_on=BORN), register("王小明", birth_on=BORN)
    url = f"/duplicates/{first.id}/{second.id}/distinct"
    browser.post(url, data={**form_fields(browser, url), "reason": "two cousins"})
    shown = browser.get("/duplicates/").text
    assert "two cousins" in shown
    assert f'/duplicates/{first.id}/{second.id}"' not in shown
    assert "It was decided" in browser.get(f"/duplicates/{first.id}/into/{second.id}").text
    token = form_fields(browser, "/people/new")["csrf_token"]
    browser.post(f"/duplicates/{first.id}/{second.id}/undecided", data={"csrf_token": token})
    assert "two cousins" not in browser.get("/duplicates/").text


def test_programs_plan_merge_and_ask_for_the_old_id(runtime: Runtime, register: Callable[..., Person]) -> None:
    old, into = register("王小明", birth_on=BORN), register("王小明", birth_on=BORN, phone="13900139000")
    api, who = create_app(runtime).test_client(), {**bearer(runtime, Grant("manager", "*")), "Accept-Language": "en"}
    [pair] = api.get("/api/v1/duplicates", headers=who).json["items"]
    assert (pair["first"]["id"], pair["why"]) == (str(old.id), "name")
    planned = api.get(f"/api/v1/merges/plan?person_id={old.id}&into_id={into.id}", headers=who).json
    assert (planned["blockers"], planned["two_households"]) == ([], False)
    asked = {
        "person_id": str(old.id), "into_id": str(into.id), "person_version": 1, "into_version": 1,
        "reason": "entered twice",
    }  # fmt: skip
    made = api.post("/api/v1/merges", json=asked, headers={**who, "Idempotency-Key": "m1"})
    assert (made.status_code, [one["answered_at"] for one in made.json["answers"]]) == (201, [None] * 4)
    assert api.post("/api/v1/merges", json=asked, headers={**who, "Idempotency-Key": "m1"}).status_code == 201
    again = api.post("/api/v1/merges", json=asked, headers=who)
    assert (again.status_code, again.json["code"]) == (409, "person-merged")
    found = api.get(f"/api/v1/people/{old.id}", headers=who)
    assert (found.status_code, found.json["id"]) == (200, str(into.id))
    assert found.headers["Content-Location"] == f"/api/v1/people/{into.id}"
    changed = api.patch(f"/api/v1/people/{old.id}", json={"name": "王"}, headers={**who, "If-Match": '"1"'})
    assert (changed.status_code, changed.json["reasons"][0]["facts"]["person_id"]) == (409, str(into.id))
    assert api.get(f"/api/v1/merges/{old.id}", headers=who).json["into_id"] == str(into.id)


def test_an_erasure_is_asked_for_checked_and_confirmed_by_somebody_else(
    runtime: Runtime, browser: FlaskClient, register: Callable[..., Person]
) -> None:
    person = register("王小明", phone="13800138000")
    url = f"/erasures/new/{person.id}"
    page = browser.post(url, data={**form_fields(browser, url), "reason": "asked for it in writing"}).location
    shown = browser.get(page).text
    assert "has not said yet" in shown
    [asked] = recorded(runtime, "person.erasure-requested")
    for service in ("facilities", "activities", "welfare", "notifications"):
        data = {**asked.data, "still_open": []}
        receive(runtime, service, "erasure.checked", person.id, data, version=1)
    refused = browser.post(f"{page}/confirm", data=form_fields(browser, f"{page}/confirm"))
    assert refused.status_code == 403
    add_staff(runtime, "second", Grant("manager", "*"), language="en")
    second = browser.application.test_client()
    sign_in(second, "second")
    done = second.post(f"{page}/confirm", data=form_fields(second, f"{page}/confirm"))
    assert done.location == page
    gone = second.get(f"/people/{person.id}")
    assert gone.status_code == 410
    assert "王小明" not in gone.text + second.get(page).text
    api = bearer(runtime, Grant("manager", "*"))
    assert second.get(f"/api/v1/people/{person.id}", headers=api).status_code == 410
    [listed] = second.get("/api/v1/erasures", headers=api).json["items"]
    assert (listed["state"], listed["standing_against"]) == ("done", [])

"""The roster's API and pages as a program and a browser use them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from facilities.app import create_app
from facilities.resources.models import Resource
from facilities.roster.models import Shift
from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.accounts import find_account
from shared.testing.delivery import recorded
from shared.testing.web import add_staff, bearer, form_fields, sign_in
from shared.web.submissions import FIELD

At = Callable[..., datetime]
Call = Callable[..., Any]


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def program(runtime: Runtime, app: Flask) -> Call:
    """A program with an officer's token of the Party office."""
    client, held = app.test_client(), bearer(runtime, Grant("officer", "party"))

    def call(method: str, path: str, **more: Any) -> Any:
        headers = {**held, "Accept-Language": "en", **more.pop("headers", {})}
        return client.open(f"/api/v1/shifts{path}", method=method.upper(), headers=headers, **more)

    return call


def wish(at: At, start: int = 9, end: int = 12, **more: Any) -> dict[str, Any]:
    times = {"starts_at": at(start, day=9).isoformat(), "ends_at": at(end, day=9).isoformat()}
    return {"title_zh": "晚间值班", **times, "body": "party", "needs": [{"role": "reception"}], **more}


def test_a_program_plans_fills_changes_and_cancels(
    runtime: Runtime, program: Call, member: Callable[..., UUID], at: At
) -> None:
    made = program("post", "", json=wish(at, place_zh="大厅"), headers={"Idempotency-Key": "k"})
    assert (
        made.json["id"]
        == program("post", "", json=wish(at, place_zh="大厅"), headers={"Idempotency-Key": "k"}).json["id"]
    )
    assert (made.status_code, made.json["missing"], made.json["place_en"]) == (201, 1, "大厅")
    path, person = f"/{made.json['id']}", member("王芳")
    seat = {"role": "reception", "person_id": str(person)}
    assert program("post", f"{path}/duties", json=seat).status_code == 201
    again = program("post", f"{path}/duties", json=seat)
    assert [one["code"] for one in again.json["reasons"]] == ["role-full", "on-this-shift"]
    assert program("patch", path, json=wish(at, 10, 13)).status_code == 428
    etag = program("get", path).headers["ETag"]
    moved = program("patch", path, json=wish(at, 10, 13), headers={"If-Match": etag})
    assert (moved.status_code, moved.json["version"], moved.json["duties"][0]["starts_at"]) == (
        200, 2, at(10, day=9).isoformat().replace("Z", "+00:00"),
    )  # fmt: skip
    assert [one["id"] for one in program("get", "?lacking=true").json["items"]] == []
    assert program("post", f"{path}/cancel", json={}).json["state"] == "cancelled"
    assert [one["reason"] for one in program("get", f"{path}/duties").json] == ["cancelled"]


def test_wrong_input_names_the_field_and_another_body_is_refused(program: Call, at: At) -> None:
    wrong = program("post", "", json=wish(at, 12, 9, title_zh=" ", place_zh="a", colour="red"))
    assert (wrong.status_code, set(wrong.json["errors"])) == (422, {"colour"})
    wrong = program("post", "", json=wish(at, 12, 9, title_zh=" "))
    assert set(wrong.json["errors"]) == {"title_zh", "ends_at"}
    assert program("post", "", json=wish(at, body="union")).status_code == 403
    juggler = program("post", "", json=wish(at, needs=[{"role": "juggler"}]))
    assert "needs.0.role" in juggler.json["errors"]


def test_a_program_plans_a_series_and_fills_it_fairly(program: Call, member: Callable[..., UUID], at: At) -> None:
    people = [member(), member()]
    first = at(9, day=14).date()
    series = {
        **{key: value for key, value in wish(at).items() if not key.endswith("_at")},
        "first_day": first.isoformat(), "weeks": 2, "weekdays": [first.weekday()], "starts": "09:00", "ends": "12:00",
        "turns": [{"role": "reception", "person_ids": [str(people[0])]}],
        "needs": [{"role": "reception", "people": 1}, {"role": "fire-safety", "people": 1}],
    }  # fmt: skip
    made = program("post", "/series", json=series)
    assert (made.status_code, made.json["skipped"]) == (201, [])
    twice = program("post", "/series", json=series)
    assert [one["code"] for one in twice.json["reasons"]] == ["planned-already", "planned-already"]
    span = {"starts_at": at(0, day=13).isoformat(), "ends_at": at(0, day=40).isoformat()}
    found = program("get", "/fair-fill", query_string=span).json
    assert [(one["role"], one["person_id"]) for one in found["seats"]] == [("fire-safety", str(people[1]))] * 2
    assert {line["person_id"]: line["after"]["hours"] for line in found["ledger"]}[str(people[1])] == 6
    filled = program("post", "/fair-fill", json={"seats": found["seats"]})
    assert (filled.status_code, filled.json["missing"]) == (200, 0)
    assert program("get", f"?series_id={made.json['id']}&lacking=true").json["items"] == []


def test_a_swap_over_the_api(
    runtime: Runtime, program: Call, shift: Callable[..., Shift], member: Callable[..., UUID], at: At
) -> None:
    one, two = member(), member()
    path = f"/{shift(at(9), at(12)).id}"
    duty = program("post", f"{path}/duties", json={"role": "reception", "person_id": str(one)}).json["id"]
    asked = program("post", f"{path}/swaps", json={"duty_id": duty, "to_person_id": str(two)})
    assert (asked.status_code, asked.json["state"]) == (201, "asked")
    done = program("post", f"/swaps/{asked.json['id']}/accept")
    assert (done.status_code, done.json["state"]) == (200, "done")
    assert len(recorded(runtime, "shift.swapped")) == 1
    assert program("post", f"{path}/duties/{duty}/release").json["code"] == "duty-over"


@pytest.fixture
def desk(runtime: Runtime, app: Flask) -> FlaskClient:
    """Somebody at the desk who may do everything and is a member of the team."""
    add_staff(runtime, "desk", Grant("admin", "*"), language="en")
    client = app.test_client()
    sign_in(client, "desk")
    return client


def test_the_desk_plans_a_series_sees_its_conflicts_fills_it_fairly_and_swaps(
    runtime: Runtime, desk: FlaskClient, member: Callable[..., UUID], room: Resource, at: At
) -> None:
    for name in ("王芳", "李强"):
        member(name)
    day = at(9, day=7).date() - timedelta(days=at(9, day=7).weekday()) + timedelta(days=7)
    plan = {
        **form_fields(desk, "/roster/series/new"), "title_zh": "晚间值班", "day": day.isoformat(), "weeks": "1",
        "starts_at": "18:00", "ends_at": "21:00", "weekdays": ["0", "2"], "resource": "activity", "body": "party",
        "need_reception": "1", "need_fire_safety": "1", "turn_reception": "王芳\n李强",
    }  # fmt: skip
    assert desk.post("/roster/series/new", data=plan).status_code == 303
    again = plan | {FIELD: form_fields(desk, "/roster/series/new")[FIELD]}
    shown = desk.post("/roster/series/new", data=again)
    assert (shown.status_code, "planned at that time already" in shown.text) == (422, True)
    week = desk.get(f"/roster/?day={day}").text
    assert ("王芳" in week, "lacks 1 person" in week, "Activity room" in week) == (True, True, True)
    fair = f"/roster/fair-fill?day={day}"
    seats = re.findall(r'name="seat" value="([^"]+)" checked', desk.get(fair).text)
    assert len(seats) == 2
    assert desk.post(fair, data={**form_fields(desk, fair), "seat": seats}).status_code == 303
    assert len(recorded(runtime, "shift.filled")) == 2
    first = recorded(runtime, "duty.assigned")[0].data
    shown = desk.get(f"/roster/shifts/{first['shift_id']}").text
    assert "Filled from a fair proposal" in shown
    third = member("赵敏")
    ask = f"/roster/duties/{first['duty_id']}/swap"
    assert desk.post(ask, data={**form_fields(desk, ask), "person": str(third), "for_duty": ""}).status_code == 303
    asked = desk.get(f"/roster/shifts/{first['shift_id']}").text
    [button] = re.findall(r'action="(/roster/swaps/[^"]+/accept)"', asked)
    csrf = form_fields(desk, ask)["csrf_token"]
    assert desk.post(button, data={"csrf_token": csrf}).status_code == 303
    assert {event.data["took"] for event in recorded(runtime, "shift.swapped")} == {str(third)}
    for page in ("/", "/roster/mine", "/roster/team", "/roster/shifts/new", "/roster/team/edit"):
        assert desk.get(page).status_code == 200, page


def test_the_page_of_a_series_lists_what_was_skipped_and_a_shift_tells_its_events(
    runtime: Runtime, desk: FlaskClient, program: Call, member: Callable[..., UUID], at: At
) -> None:
    able, cannot, first = member("王芳"), member("李强", roles=["fire-safety"]), at(9, day=14).date()
    series = {
        **{key: value for key, value in wish(at).items() if not key.endswith("_at")},
        "first_day": first.isoformat(), "weeks": 1, "weekdays": [first.weekday()], "starts": "09:00", "ends": "12:00",
    }  # fmt: skip
    program("post", "/series", json=series)
    turns = [{"role": "reception", "person_ids": [str(able), str(cannot)]}]
    made = program("post", "/series", json={**series, "weeks": 3, "turns": turns, "skip_conflicts": True})
    shown = desk.get(f"/roster/series/{made.json['id']}").text
    assert "A shift of this name was planned at that time already." in shown
    assert re.search("李强.*Was not known to do that.", shown, re.DOTALL)
    assert desk.get(f"/roster/series/{able}").status_code == 404
    last = recorded(runtime, "duty.assigned")[-1].data["shift_id"]
    page = desk.get(f"/roster/shifts/{last}").text
    assert f"/roster/series/{made.json['id']}" in page
    assert (page.count("Told the other services"), "duty.assigned" in page, "shift.filled" in page) == (3, True, True)


def test_who_is_in_the_team_signs_up_and_gives_up_on_the_page(
    runtime: Runtime, app: Flask, desk: FlaskClient, member: Callable[..., UUID], shift: Callable[..., Shift], at: At
) -> None:
    me, open_shift = member("王芳"), shift(at(9), at(12))
    add_staff(runtime, "wang", Grant("viewer", "party"), language="en")
    with runtime.reading() as session:
        account = find_account(session, "wang")
        assert account is not None
    edit = f"/roster/team/edit?person={me}"
    tie = {**form_fields(desk, edit), "roles": ["reception"], "account": str(account.id), "active": "y"}
    assert desk.post(edit, data=tie).status_code == 303
    mine = app.test_client()
    sign_in(mine, "wang")
    page = f"/roster/shifts/{open_shift.id}"
    csrf = {"csrf_token": form_fields(mine, page)["csrf_token"]}
    assert mine.post(f"{page}/sign-up?role=reception", data=csrf).status_code == 303
    assert "晚间值班" in mine.get("/roster/mine").text or "Evening duty" in mine.get("/roster/mine").text
    [give_up] = re.findall(r'action="(/roster/duties/[^"]+/release)"', mine.get(page).text)
    assert mine.post(give_up, data=csrf).status_code == 303
    assert [event.data["reason"] for event in recorded(runtime, "duty.released")] == ["gave-up"]
    assert mine.get(f"{page}/change").status_code == 403
    first, second = (form_fields(desk, f"{page}/change") for _ in range(2))
    assert desk.post(f"{page}/change", data=first | {"title_en": "Late duty"}).status_code == 303
    assert desk.post(f"{page}/change", data=second | {"title_en": "Other"}).status_code == 409
    assert desk.post(f"{page}/cancel", data={**form_fields(desk, f"{page}/cancel"), "reason": "x"}).status_code == 303

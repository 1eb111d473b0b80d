"""API and pages as a program and a desk use them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from activities.app import create_app
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.translations import untranslated
from shared.testing.web import add_staff, bearer, form_fields, sign_in


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def program(app: Flask, runtime: Runtime) -> Callable[..., Any]:
    """Calls the API with a manager's token and gives status and body."""
    client = app.test_client()
    headers = bearer(runtime, Grant("manager", "*"))

    def call(method: str, path: str, body: Any = None, **more: str) -> tuple[int, Any]:
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers={**headers, **more})
        return answer.status_code, answer.get_json()

    return call


@pytest.fixture
def staff(app: Flask, runtime: Runtime) -> FlaskClient:
    add_staff(runtime, "manager", Grant("manager", "*"))
    client = app.test_client()
    sign_in(client, "manager")
    return client


def body(desk: Any, **more: Any) -> dict[str, Any]:
    starts_at = desk.runtime.clock() + timedelta(days=1)
    return {
        "kind": "class",
        "title_zh": "小候鸟培训班",
        "bodies": ["union", "women"],
        "sessions": [
            {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat(), "capacity": 1}
        ],
        "needs": [{"resource_code": "activity"}],
        **more,
    }


def test_every_text_has_its_chinese() -> None:
    assert untranslated("activities") == []


def test_from_draft_to_waiting_list_over_the_api(program: Callable[..., Any], desk: Any) -> None:
    status, draft = program("POST", "/activities", body(desk))
    assert (status, draft["state"], draft["title_en"]) == (201, "draft", "小候鸟培训班")
    path = f"/activities/{draft['id']}"
    assert program("POST", f"{path}/publish")[1]["state"] == "placing"
    desk.grant(draft["id"], 1)
    published = program("GET", path)[1]
    assert (published["state"], published["place_en"]) == ("published", "Activity room")

    first, second = desk.people(2)
    status, made = program("POST", f"{path}/registrations", {"person_ids": [str(first)]})
    assert (status, made["state"], made["waiting_number"]) == (201, "confirmed", None)
    status, waits = program("POST", f"{path}/registrations", {"person_ids": [str(second)]})
    assert (status, waits["state"], waits["waiting_number"]) == (201, "waitlisted", 1)
    [session] = program("GET", path)[1]["sessions"]
    assert (session["confirmed"], session["waiting"], session["places_left"]) == (1, 1, 0)

    status, gone = program("POST", f"/registrations/{made['id']}/cancel", {})
    assert (status, gone["state"]) == (200, "cancelled")
    assert program("GET", f"/registrations/{waits['id']}")[1]["state"] == "confirmed"
    status, cancelled = program("POST", f"{path}/cancel", {"reason": "高温"})
    assert (status, cancelled["state"], cancelled["cancel_reason"]) == (200, "cancelled", "高温")
    listed = program("GET", f"{path}/registrations?state=cancelled")[1]
    assert {item["id"] for item in listed["items"]} == {made["id"], waits["id"]}


def test_an_unknown_person_is_422_at_its_field(program: Callable[..., Any], desk: Any) -> None:
    activity = desk.placed()
    status, problem = program("POST", f"/activities/{activity.id}/registrations", {"person_ids": [str(new_id())]})
    assert (status, problem["code"], list(problem["errors"])) == (422, "person-unknown", ["person_ids"])


def test_the_same_key_registers_once(program: Callable[..., Any], desk: Any) -> None:
    activity = desk.placed()
    asked = {"person_ids": [str(person_id) for person_id in desk.people(2)]}
    path = f"/activities/{activity.id}/registrations"
    first = program("POST", path, asked, **{"Idempotency-Key": "one"})
    again = program("POST", path, asked, **{"Idempotency-Key": "one"})
    assert first == again
    assert len(first[1]["registrations"]) == 2
    assert len(desk.events("registration.confirmed")) == 2


def test_what_was_changed_in_the_meantime_is_not_overwritten(program: Callable[..., Any], desk: Any) -> None:
    activity = desk.draft()
    path = f"/activities/{activity.id}"
    assert program("PATCH", path, {"title_zh": "新名称"})[0] == 428
    assert program("PATCH", path, {"title_zh": "新名称"}, **{"If-Match": '"1"'})[0] == 200
    assert program("PATCH", path, {"title_zh": "旧名称"}, **{"If-Match": '"1"'})[0] == 412


def test_moving_and_capacity_over_the_api(program: Callable[..., Any], desk: Any) -> None:
    activity = desk.placed(capacity=2)
    session = activity.sessions[0]
    later = {
        "session_id": str(session.id),
        "starts_at": (session.starts_at + timedelta(hours=3)).isoformat(),
        "ends_at": (session.ends_at + timedelta(hours=3)).isoformat(),
    }
    status, moving = program("POST", f"/activities/{activity.id}/move", {"sessions": [later]})
    assert (status, moving["moving"], moving["state"]) == (200, True, "published")
    path = f"/activities/{activity.id}/sessions/{session.id}/capacity"
    assert program("PUT", path, {"capacity": 5})[1]["sessions"][0]["capacity"] == 5
    assert program("PUT", path, {"capacity": 0})[0] == 422


def test_check_in_over_the_api(program: Callable[..., Any], desk: Any, clock: Any) -> None:
    activity = desk.placed()
    [row] = desk.register(activity.id, *desk.people(1))
    clock.now = activity.starts_at
    path = f"/activities/{activity.id}/attendance"
    status, mark = program("POST", path, {"registration_id": str(row.id), "present": True})
    assert (status, mark["minutes"]) == (200, 120)
    assert program("GET", path)[1]["items"][0]["present"] is True
    other = desk.draft()
    assert (
        program("POST", f"/activities/{other.id}/attendance", {"registration_id": str(row.id), "present": True})[0]
        == 404
    )


def test_without_a_grant_in_its_bodies_a_program_is_forbidden(app: Flask, runtime: Runtime, desk: Any) -> None:
    activity = desk.placed()
    headers = bearer(runtime, Grant("officer", "league"))
    asked = {"person_ids": [str(desk.people(1)[0])]}
    answer = app.test_client().post(f"/api/v1/activities/{activity.id}/registrations", json=asked, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page_answers_in_both_languages(staff: FlaskClient, desk: Any, clock: Any, language: str) -> None:
    staff.post("/language", data={**form_fields(staff, "/activities/"), "language": language})
    refused, placed, several, draft = desk.asked(), desk.placed(capacity=1), desk.published(sessions=3), desk.draft()
    desk.refuse(refused.id, 1)
    for person_id in desk.people(3):
        row = desk.register(placed.id, person_id)[0]
    for path in (
        "/",
        "/charts/months.svg",
        "/activities/?when=upcoming&q=小候鸟",
        *(f"/activities/?when={when}&sort={sort}" for when in ("upcoming", "past") for sort in ("title", "-places")),
        "/activities/?when=drafts&body=union",
        "/activities/?when=past&kind=film",
        "/activities/new",
        *(f"/activities/{one.id}" for one in (refused, placed, several, draft)),
        *(f"/activities/{one.id}/edit" for one in (draft, placed)),
        *(
            f"/activities/{placed.id}/{page}"
            for page in ("move", "cancel", "register", "register?q=样本", "attendance")
        ),
        f"/activities/{placed.id}/sessions/{placed.sessions[0].id}/capacity",
        f"/registrations/{row.id}/cancel",
    ):
        answer = staff.get(path)
        assert answer.status_code == 200, path
    clock.now = placed.starts_at
    sign_in(staff, "manager")
    assert "<button" in staff.get(f"/activities/{placed.id}/attendance").text


def test_planning_an_activity_by_the_form(staff: FlaskClient, desk: Any) -> None:
    fields = form_fields(staff, "/activities/new")
    filled = {
        **fields,
        "title_zh": "电影《红色故事》",
        "kind": "film",
        "bodies": "party",
        "venue_zh": "礼堂",
        "sessions-0-day": "2026-12-01",
        "sessions-0-begins": "18:30",
        "sessions-0-ends": "20:30",
    }
    half = staff.post("/activities/new", data=filled)
    assert half.status_code == 422
    assert "both times" in half.text
    made = staff.post("/activities/new", data={**filled, "sessions-0-capacity": "40"})
    assert made.status_code == 303
    activity = desk.activity(UUID(made.location.rpartition("/")[2]))
    assert activity.sessions[0].starts_at.isoformat() == "2026-12-01T10:30:00+00:00"
    published = staff.post(f"{made.location}/publish", data=form_fields(staff, made.location))
    assert published.status_code == 303
    assert "It is published" in staff.get(made.location).text


def test_a_room_can_be_chosen_although_an_empty_row_follows(staff: FlaskClient, desk: Any) -> None:
    code = desk.asked().needs[0].resource_code
    filled = {
        **form_fields(staff, "/activities/new"),
        "title_zh": "瑜伽体验课",
        "bodies": "union",
        "sessions-0-day": "2026-12-01",
        "sessions-0-begins": "18:30",
        "sessions-0-ends": "20:30",
        "sessions-0-capacity": "40",
        "needs-0-resource_code": code,
    }
    wrong = staff.post("/activities/new", data={**filled, "needs-1-resource_code": "nowhere", "needs-1-quantity": "x"})
    assert wrong.status_code == 422
    assert "{}" not in wrong.text
    made = staff.post("/activities/new", data=filled)
    assert made.status_code == 303
    assert [need.resource_code for need in desk.activity(UUID(made.location.rpartition("/")[2])).needs] == [code]


def test_a_form_that_somebody_else_overtook_is_not_saved(staff: FlaskClient, desk: Any) -> None:
    activity = desk.draft()
    path = f"/activities/{activity.id}/edit"
    fields = {**form_fields(staff, path), "bodies": ["union"]}
    assert staff.post(path, data=fields).status_code == 303
    late = staff.post(path, data={**fields, "submission": "another", "title_zh": "迟到的修改"})
    assert late.status_code == 409
    for said in ("迟到的修改", activity.title_zh, "What you typed"):
        assert said in late.text
    assert late.text.count('type="radio"') == 2, "only the title differs"


def test_times_and_places_that_somebody_else_changed_are_not_overwritten(staff: FlaskClient, desk: Any) -> None:
    activity = desk.draft()
    published = desk.published(capacity=4)
    places = f"/activities/{activity.id}/sessions/{activity.sessions[0].id}/capacity"
    times = f"/activities/{published.id}/move"
    for path, field, theirs, mine in (
        (places, "capacity", "31", "32"),
        (times, "sessions-0-day", "2026-12-20", "2026-12-21"),
    ):
        fields = form_fields(staff, path)
        late = {**form_fields(staff, path), field: mine}
        assert staff.post(path, data={**fields, field: theirs}).status_code == 303, path
        answer = staff.post(path, data=late)
        assert answer.status_code == 409, path
        assert theirs in answer.text
        assert mine in answer.text
        now = form_fields(staff, path)
        assert now[field] == theirs, path
        assert staff.post(path, data={**now, field: mine}).status_code == 303, path


def test_upcoming_activities_stand_by_their_next_session_and_are_exported(staff: FlaskClient, desk: Any) -> None:
    several, placed = desk.published(sessions=3), desk.placed(capacity=1)
    soonest = min(several, placed, key=lambda one: one.starts_at)
    page = staff.get("/activities/").text
    assert 'aria-sort="ascending"' in page
    first = page.partition("<tbody>")[2]
    assert f"/activities/{soonest.id}" in first.partition("</tr>")[0]
    assert len(staff.get("/activities/?export=csv").data.splitlines()) == 3


def test_registering_a_family_by_the_page(staff: FlaskClient, desk: Any) -> None:
    activity = desk.placed(capacity=2)
    people = desk.people(2)
    path = f"/activities/{activity.id}/register"
    fields = form_fields(staff, f"{path}?q=样本")
    nobody = staff.post(path, data=fields)
    assert "Choose at least one person" in nobody.text
    answer = staff.post(path, data={**fields, "person_ids": [str(one) for one in people]})
    assert answer.status_code == 303
    assert set(desk.states(activity.id).values()) == {"confirmed"}


def test_cancelling_says_whom_it_concerns(staff: FlaskClient, desk: Any) -> None:
    activity = desk.placed(capacity=1)
    for person_id in desk.people(3):
        desk.register(activity.id, person_id)
    path = f"/activities/{activity.id}/cancel"
    assert "1 confirmed and 2 waiting people will get a message." in staff.get(path).text
    fields = form_fields(staff, path)
    assert staff.post(path, data={**fields, "reason": ""}).status_code == 422
    assert staff.post(path, data={**fields, "reason": "高温"}).status_code == 303
    assert set(desk.states(activity.id).values()) == {"cancelled"}

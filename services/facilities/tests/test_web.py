"""Pages and API as a browser and a program use them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from facilities import sample
from facilities.app import create_app
from facilities.occupancy.models import Occupancy
from facilities.people.models import Person
from facilities.resources.models import Resource
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded
from shared.testing.translations import untranslated
from shared.testing.web import add_staff, bearer, form_fields, sign_in

At = Callable[..., datetime]
Booker = Callable[..., Occupancy]


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def program(runtime: Runtime, app: Flask) -> Callable[..., Any]:
    """A program with an administrator's token: ``program('post', '/bookings', json=…)``."""
    headers = bearer(runtime, Grant("admin", "*"))
    client = app.test_client()

    def call(method: str, path: str, **more: Any) -> Any:
        more["headers"] = {**headers, **more.get("headers", {})}
        return client.open(f"/api/v1{path}", method=method.upper(), **more)

    return call


@pytest.fixture
def desk(runtime: Runtime, app: Flask) -> FlaskClient:
    add_staff(runtime, "desk", Grant("admin", "*"))
    client = app.test_client()
    sign_in(client, "desk")
    return client


def booking(at: At, **more: Any) -> dict[str, Any]:
    return {
        "resource_code": "activity",
        "starts_at": at(1).isoformat(),
        "ends_at": at(3).isoformat(),
        "body": "union",
        "title": "Choir",
        **more,
    }


def test_every_text_has_its_chinese() -> None:
    assert untranslated("facilities") == []


def test_a_program_books_moves_and_cancels(program: Callable[..., Any], room: Resource, at: At) -> None:
    made = program("post", "/bookings", json=booking(at), headers={"Idempotency-Key": "k1"})
    again = program("post", "/bookings", json=booking(at), headers={"Idempotency-Key": "k1"})
    assert (made.status_code, again.status_code, made.json["id"]) == (201, 201, again.json["id"])
    assert (made.json["resource_zh"], made.json["title_en"], made.json["state"]) == ("活动室", "Choir", "confirmed")
    path = f"/bookings/{made.json['id']}"
    times = {"starts_at": at(4).isoformat(), "ends_at": at(5).isoformat()}
    assert program("patch", path, json=times).status_code == 428
    assert program("patch", path, json=times, headers={"If-Match": '"9"'}).status_code == 412
    etag = program("get", path).headers["ETag"]
    moved = program("patch", path, json=times, headers={"If-Match": etag})
    assert (moved.status_code, moved.json["version"]) == (200, 2)
    cancelled = program("post", f"{path}/cancel", json={"reason": "rain"})
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert program("get", "/bookings?state=live").json["items"] == []


def test_a_taken_slot_is_a_problem_with_all_reasons_and_alternatives(
    program: Callable[..., Any], room: Resource, at: At
) -> None:
    program("post", "/bookings", json=booking(at))
    refused = program("post", "/bookings", json=booking(at, people=500), headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert refused.json["code"] == "slot-taken"
    assert [one["code"] for one in refused.json["reasons"]] == ["slot-taken", "too-many-people"]
    assert "Activity room is taken" in refused.json["detail"]
    assert refused.json["reasons"][0]["facts"]["alternatives"][0]["kind"] == "other-time"
    chinese = program("post", "/bookings", json=booking(at), headers={"Accept-Language": "zh-CN"})
    assert "活动室在该时段已被占用" in chinese.json["detail"]


def test_times_go_out_in_utc_whatever_zone_they_came_in(
    runtime: Runtime, program: Callable[..., Any], room: Resource, at: At
) -> None:
    times = {"starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T10:00:00+08:00"}
    made = program("post", "/bookings", json={**booking(at), **times})
    assert made.json["starts_at"] == "2026-11-25T01:00:00+00:00"
    [event] = recorded(runtime, "booking.confirmed")
    assert event.data["starts_at"] == "2026-11-25T01:00:00+00:00"


def test_what_is_sent_wrongly_is_named(program: Callable[..., Any], room: Resource, at: At) -> None:
    wrong = program("post", "/bookings", json={**booking(at), "items": [], "colour": "red"})
    assert wrong.status_code == 422
    assert set(wrong.json["errors"]) >= {"colour", "items"}


def test_a_confidential_booking_reads_busy_over_the_api(
    program: Callable[..., Any], resource: Callable[..., Resource], at: At
) -> None:
    resource("heart-to-heart", confidential=True)
    made = program("post", "/bookings", json=booking(at, resource_code="heart-to-heart", person_id=str(new_id())))
    assert (made.json["title_zh"], made.json["title_en"]) == ("占用", "Busy")
    assert (made.json["body"], made.json["person_id"]) == (None, None)


def test_resources_are_added_changed_and_closed(program: Callable[..., Any], at: At) -> None:
    made = program(
        "post",
        "/resources",
        json={"code": "gear", "kind": "equipment", "name_zh": "器材", "name_en": "Gear", "quantity": 9},
    )
    assert made.status_code == 201, made.text
    path = f"/resources/{made.json['id']}"
    changed = program("patch", path, json={"quantity": 10}, headers={"If-Match": '"1"'})
    assert (changed.json["quantity"], changed.json["version"]) == (10, 2)
    closure = {
        "resource_id": made.json["id"],
        "starts_at": at(1).isoformat(),
        "ends_at": at(9).isoformat(),
        "quantity": 4,
        "reason": "repair",
    }
    closed = program("post", "/closures", json=closure)
    assert closed.status_code == 201, closed.text
    free = program("get", "/availability", query_string={"starts_at": at(2).isoformat(), "ends_at": at(3).isoformat()})
    assert free.json["pools"][0]["free"] == 6
    reopened = program("post", f"/closures/{closed.json['id']}/reopen")
    assert reopened.json["state"] == "released"


def test_a_free_room_for_twenty_with_equipment(
    program: Callable[..., Any],
    room: Resource,
    gear: Resource,
    resource: Callable[..., Resource],
    booked: Booker,
    at: At,
) -> None:
    resource("small", capacity=8)
    resource("middle", capacity=30)
    booked("middle", at(1), at(2))
    booked(gear, at(1), at(2), 8)
    query = {
        "starts_at": at(1).isoformat(),
        "ends_at": at(5).isoformat(),
        "minutes": 60,
        "people": 20,
        "needs": "gear:3",
    }
    found = program("get", "/availability", query_string=query).json["rooms"]
    assert [(one["resource_code"], one["starts_at"][11:16]) for one in found] == [
        ("middle", "02:00"),
        ("activity", "02:00"),
    ]
    unknown = program("get", "/availability", query_string={**query, "needs": "sofa:1"})
    assert unknown.json["code"] == "unknown-resource"


def test_a_viewer_may_look_and_not_book(runtime: Runtime, app: Flask, room: Resource, at: At) -> None:
    headers = bearer(runtime, Grant("viewer", "*"))
    client = app.test_client()
    assert client.get("/api/v1/bookings", headers=headers).status_code == 200
    assert client.post("/api/v1/bookings", headers=headers, json=booking(at)).status_code == 403


def test_the_desk_books_with_a_form_and_sees_it_on_the_day(
    runtime: Runtime, desk: FlaskClient, room: Resource, gear: Resource
) -> None:
    with runtime.unit_of_work() as work:
        work.session.add(Person(id=new_id(), name="Sample Wang"))
    fields = form_fields(desk, "/bookings/new?day=2026-11-24&from=09:00&until=10:00&resource=activity")
    assert (fields["resource"], fields["starts_at"]) == ("activity", "09:00")
    fields |= {"title": "Choir", "body": "union", "pool": "gear", "quantity": "2", "person": "Sample Wang"}
    done = desk.post("/bookings/new", data=fields)
    assert done.status_code == 303, done.text
    day = desk.get("/calendar/?day=2026-11-24").text
    assert "Choir" in day
    assert "2 × Choir" in day
    assert "Sample Wang" in desk.get(done.location).text
    [event] = [one for one in recorded(runtime, "booking.confirmed") if one.data["resource_code"] == "activity"]
    assert event.data["person_id"] is not None


def test_a_refused_form_keeps_what_was_typed_and_offers_what_is_near(
    desk: FlaskClient, room: Resource, booked: Booker, at: At
) -> None:
    booked(room, at(1), at(2))
    fields = form_fields(desk, "/bookings/new?day=2026-11-24&from=09:00&until=10:00&resource=activity")
    fields |= {"title": "Choir practice", "body": "union"}
    refused = desk.post("/bookings/new", data=fields)
    assert refused.status_code == 422
    assert "Activity room is taken" in refused.text
    assert "Choir practice" in refused.text
    assert "Nearest that is free" in refused.text


def test_the_desk_cancels_after_being_asked(desk: FlaskClient, room: Resource, booked: Booker, at: At) -> None:
    row = booked(room, at(1), at(2))
    url = f"/bookings/{row.id}/cancel"
    done = desk.post(url, data={**form_fields(desk, url), "reason": "rain"})
    assert done.status_code == 303
    page = desk.get(done.location).text
    assert "Cancelled" in page
    assert "rain" in page


def test_every_page_opens_in_both_languages(
    runtime: Runtime, desk: FlaskClient, app: Flask, room: Resource, gear: Resource, booked: Booker, at: At
) -> None:
    row = booked(room, at(1), at(2))
    add_staff(runtime, "qiantai", Grant("admin", "*"), language="zh-Hans")
    chinese = app.test_client()
    sign_in(chinese, "qiantai")
    pages = {
        "/": "今日预约",
        "/charts/rooms.svg": "svg",
        "/calendar/": "活动室",
        "/calendar/week?day=2026-11-24": "活动室",
        f"/calendar/resource?resource={gear.code}": "物资详情",
        "/bookings/": "预约",
        "/bookings/new": "用途",
        f"/bookings/{row.id}": "已预约",
        f"/bookings/{row.id}/move": "改期",
        f"/bookings/{row.id}/cancel": "取消这个预约",
        "/search/": "找场地",
        "/search/?day=2026-11-24&from=13:00&until=15:00&people=20&pool=gear&quantity=2": "活动室",
        "/resources/": "活动室",
        "/resources/new": "代码",
        f"/resources/{room.id}": "活动室",
        f"/resources/{room.id}/edit": "修改活动室",
        f"/resources/{gear.id}?day=2026-11-24": "gear",
        "/closures/": "停用",
        f"/closures/new?resource={room.code}": "停用什么",
    }
    for url, text in pages.items():
        shown = chinese.get(url)
        assert (shown.status_code, text in shown.text) == (200, True), (url, shown.text[:3000])
        assert desk.get(url).status_code == 200, url


def test_rooms_are_added_changed_and_closed_by_forms(desk: FlaskClient, runtime: Runtime) -> None:
    fields = form_fields(desk, "/resources/new")
    fields |= {"code": "hall", "kind": "room", "name_zh": "礼堂", "name_en": "Hall", "capacity": "200"}
    fields |= {"opens_at": "08:00", "closes_at": "20:00"}
    added = desk.post("/resources/new", data={**fields, "open_days": ["0", "1"]})
    assert added.status_code == 303, added.text
    assert "Wednesday – Sunday" in desk.get(added.location).text
    edit = f"{added.location}/edit"
    changed = desk.post(edit, data={**form_fields(desk, edit), "capacity": "150", "open_days": ["0"]})
    assert changed.status_code == 303, changed.text
    fields = form_fields(desk, "/closures/new?resource=hall&day=2026-11-24") | {"reason": "painting"}
    closed = desk.post("/closures/new", data=fields)
    assert closed.status_code == 303, closed.text
    assert "painting" in desk.get("/closures/").text
    with runtime.reading() as session:
        closure = session.scalars(select(Occupancy)).one()
    url = f"/closures/{closure.id}/reopen"
    assert desk.post(url, data=form_fields(desk, url)).status_code == 303


def test_a_request_is_decided_on_its_page(
    runtime: Runtime, app: Flask, desk: FlaskClient, resource: Callable[..., Resource], at: At
) -> None:
    resource("archive", needs_approval=True)
    client = app.test_client()
    officer = bearer(runtime, Grant("officer", "union"), name="kiosk")
    made = client.post("/api/v1/bookings", json=booking(at, resource_code="archive"), headers=officer)
    assert made.json["state"] == "requested"
    url = f"/bookings/{made.json['id']}"
    assert "Waiting for approval" in desk.get("/").text
    assert desk.post(f"{url}/approve", data=form_fields(desk, url)).status_code == 303
    assert "Confirmed" in desk.get(url).text


def test_names_come_from_membership(runtime: Runtime) -> None:
    person_id = new_id()
    data = {"person_id": str(person_id), "name": "样本甲", "sample": True}
    receive(runtime, "membership", "person.registered", person_id, data)
    receive(runtime, "membership", "person.updated", person_id, {**data, "name": "样本乙"})
    with runtime.reading() as session:
        assert session.get_one(Person, person_id).name == "样本乙"


def test_the_sample_is_loaded_once(runtime: Runtime) -> None:
    sample.load(runtime)
    before = len(recorded(runtime))
    sample.load(runtime)
    assert len(recorded(runtime)) == before
    with runtime.reading() as session:
        copies = session.scalar(select(func.sum(Resource.quantity)).where(Resource.kind == "books"))
        rooms = session.scalar(select(func.count()).where(Resource.kind == "room"))
        bookings = session.scalar(select(func.count()).where(Occupancy.kind == "booking"))
    assert (copies, rooms) == (200, 6)
    assert bookings == 22


def test_lists_are_sorted_and_exported_without_what_is_confidential(
    desk: FlaskClient, room: Resource, resource: Callable[..., Resource], booked: Booker, at: At
) -> None:
    secret = resource("talks", confidential=True)
    booked(room, at(3), at(4))
    booked(secret, at(1), at(2))
    for path in ("/bookings/", "/resources/", "/closures/?show=all"):
        for order in ("when", "-where", "people", "until"):
            joiner = "&" if "?" in path else "?"
            exported = desk.get(f"{path}{joiner}sort={order}&export=csv")
            assert (exported.status_code, exported.mimetype) == (200, "text/csv"), path
    rows = desk.get("/bookings/?sort=when&export=csv").data.decode("utf-8-sig").splitlines()
    assert [row.split(",")[4] for row in rows[1:]] == ["Busy", "Branch meeting"]


def test_a_room_that_two_people_change_shows_both_versions(desk: FlaskClient, room: Resource) -> None:
    edit = f"/resources/{room.id}/edit"
    first, second = form_fields(desk, edit), form_fields(desk, edit)
    assert desk.post(edit, data={**first, "capacity": "90"}).status_code == 303
    answer = desk.post(edit, data={**second, "capacity": "70", "name_en": "Big room"})
    assert answer.status_code == 409
    for said in ("Both changed it", ">90<", ">70<", "Big room"):
        assert said in answer.text

"""Broadcasts as staff and programs use them: pages, API, files, and what other bodies' staff see of them."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.app import create_app
from notifications.broadcasts.fanning import fan_out
from notifications.broadcasts.models import Broadcast
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, states
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, bearer, form_fields, sign_in

UNION = Grant("officer", "union")


@pytest.fixture
def runtime(configured: Callable[..., Runtime]) -> Runtime:
    return configured(BROADCAST_APPROVAL_PEOPLE="1")


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def browser(app: Flask, runtime: Runtime) -> Callable[..., FlaskClient]:
    def signed_in(name: str, *grants: Grant, language: str = "en") -> FlaskClient:
        client = app.test_client()
        add_staff(runtime, name, *grants, language=language)
        sign_in(client, name)
        return client

    return signed_in


def _written(client: FlaskClient, path: str = "/broadcasts/new", **more: str) -> Any:
    own = {"sms_zh": "((name))您好，停水。", "subject_zh": "停水", "email_zh": "停水。"}
    data = {**form_fields(client, path), "title": "Water", "audience": "people", **own, **more}
    return client.post(path, data={name: value for name, value in data.items() if value is not None})


def _only(runtime: Runtime) -> UUID:
    with runtime.reading() as session:
        return session.scalars(select(Broadcast.id)).one()


def test_two_people_send_it_by_their_pages_and_see_who_got_it(
    browser: Callable[..., FlaskClient], runtime: Runtime, others: Others, sender: Sender
) -> None:
    others.contact(name="张三", phone="+8610000000123")
    others.contact(name="李四", phone=None, email="li@sample.invalid")
    others.contact(name="没有", phone=None, email=None)
    first, second = browser("wang", UNION), browser("li", UNION)
    wrong = _written(first, people="张三\n谁也不是", sms_zh="((nonsense))")
    assert wrong.status_code == 422
    assert "Nobody is known as “谁也不是”." in wrong.text
    assert _written(first, people="张三\n李四\n没有").status_code == 303
    url = f"/broadcasts/{_only(runtime)}"
    shown = first.get(url).text
    assert "No address for the chosen channels" in shown
    assert "【党群服务中心】张三您好，停水。" in shown
    asked = first.post(f"{url}/hand-in", data=form_fields(first, f"{url}/hand-in"))
    assert asked.status_code == 303
    assert f"{url}/approve" not in first.get(url).text
    refused = first.post(f"{url}/approve", data=form_fields(first, f"{url}/hand-in"))
    assert refused.status_code == 409
    assert second.post(f"{url}/approve", data=form_fields(second, f"{url}/approve")).status_code == 303
    fan_out(runtime)
    sender.run_once()
    listed = second.get(f"{url}/recipients").text
    assert "张三" in listed
    assert "Left out" in listed
    looking = browser("zhou", Grant("viewer", "union"))
    table = looking.get(f"{url}/recipients?export=csv").text
    assert "100••••0123" in table
    assert "+8610000000123" not in table
    assert "+8610000000123" in second.get(f"{url}/recipients?export=csv").text
    assert looking.get(f"{url}/stop").status_code == 403


def test_it_is_given_back_changed_handed_in_again_and_stopped_with_reasons(
    browser: Callable[..., FlaskClient], runtime: Runtime, others: Others
) -> None:
    others.contact(name="张三")
    others.contact(name="李四")
    first, second = browser("wang", UNION), browser("li", UNION)
    given = {"value_what": "夏送清凉", "value_what_en": "Parcels", "people": "张三\n李四"}
    path = "/broadcasts/new?template=broadcast-notice"
    assert _written(first, path, **{**given, "value_what": ""}).status_code == 422
    assert _written(first, path, **given).status_code == 303
    url = f"/broadcasts/{_only(runtime)}"
    first.post(f"{url}/hand-in", data=form_fields(first, f"{url}/hand-in"))
    assert second.post(f"{url}/give-back", data=form_fields(second, f"{url}/give-back")).status_code == 422
    back = {**form_fields(second, f"{url}/give-back"), "reason": "Say when."}
    assert second.post(f"{url}/give-back", data=back).status_code == 303
    assert "Say when." in first.get(url).text
    changed = _written(first, f"{url}/edit", **given, value_when="周三")
    assert changed.status_code == 303
    assert "夏送清凉，时间：周三。" in first.get(url).text
    first.post(f"{url}/hand-in", data=form_fields(first, f"{url}/hand-in"))
    second.post(f"{url}/approve", data=form_fields(second, f"{url}/approve"))
    fan_out(runtime)
    stopped = {**form_fields(first, f"{url}/stop"), "reason": "Rain."}
    assert first.post(f"{url}/stop", data=stopped).status_code == 303
    assert states(runtime) == {"cancelled": 4}
    assert "Rain." in first.get(url).text


def test_what_somebody_else_changed_meanwhile_is_shown_beside_what_was_typed(
    browser: Callable[..., FlaskClient], others: Others
) -> None:
    first = browser("zhang", Grant("manager", "*"))
    others.contact(name="王芳")
    own = {
        "audience": "people",
        "people": "王芳",
        "body": "union",
        "sms_zh": "停水",
        "subject_zh": "停水",
        "email_zh": "停水",
    }
    urls = {
        f"{_written(first, '/broadcasts/new', title='B', **own).location}/edit": ("title", "C", "A"),
        "/reminders/": ("minutes_before", "60", "90"),
        "/quiet-hours/announcements": ("whose", "own", "usual"),
    }
    for url, (field, theirs, mine) in urls.items():
        if url == "/reminders/":
            url += re.findall(r"/reminders/([0-9a-f-]{36})", first.get(url).text)[0]
        before = form_fields(first, url)
        assert first.post(url, data={**form_fields(first, url), field: theirs}).status_code == 303, url
        answer = first.post(url, data={**before, field: mine})
        assert (answer.status_code, answer.text.count('type="radio"')) == (409, 2), url


def test_broadcasts_are_sorted_and_exported(browser: Callable[..., FlaskClient], others: Others) -> None:
    client = browser("zhang", Grant("manager", "*"))
    others.contact(name="王芳")
    own = {
        "audience": "people",
        "people": "王芳",
        "body": "union",
        "sms_zh": "停水",
        "subject_zh": "停水",
        "email_zh": "停水",
    }
    for title in "BAC":
        _written(client, "/broadcasts/new", title=title, **own)
    for sort, wanted in (("title", "ABC"), ("-title", "CBA"), ("time", "BAC"), ("-people", None)):
        rows = client.get(f"/broadcasts/?sort={sort}&export=csv").data.decode().splitlines()[1:]
        assert client.get(f"/broadcasts/?sort={sort}").status_code == 200
        assert wanted is None or [row[0] for row in rows] == list(wanted), sort


def test_staff_of_other_bodies_see_nothing_of_it(
    app: Flask, browser: Callable[..., FlaskClient], runtime: Runtime, others: Others
) -> None:
    others.contact(name="张三")
    first = browser("wang", UNION)
    _written(first, people="张三")
    url = f"/broadcasts/{_only(runtime)}"
    first.post(f"{url}/hand-in", data=form_fields(first, f"{url}/hand-in"))
    fan_out(runtime)
    stranger = browser("zhao", Grant("manager", "women"))
    for path in ("", "/edit", "/hand-in", "/approve", "/stop", "/recipients", "/recipients?export=csv"):
        assert stranger.get(url + path).status_code == 404, path
    assert "Water" not in stranger.get("/broadcasts/").text
    headers = bearer(runtime, Grant("manager", "women"))
    program = app.test_client()
    assert program.get("/api/v1/broadcasts", headers=headers).json["items"] == []
    for path in ("", "/estimate", "/progress", "/recipients"):
        assert program.get(f"/api/v1{url}{path}", headers=headers).status_code == 404, path
    assert program.post(f"/api/v1{url}/stop", json={"reason": "x"}, headers=headers).status_code == 404
    message = messages(runtime)[0]
    assert stranger.get(f"/messages/{message.id}").status_code == 404
    assert program.get("/api/v1/messages", headers=headers).json["items"] == []


def test_a_program_writes_one_and_two_persons_decide(
    app: Flask, runtime: Runtime, others: Others, browser: Callable[..., FlaskClient]
) -> None:
    people = [str(others.contact()), str(others.contact())]
    headers = bearer(runtime, UNION) | {"Accept-Language": "en"}
    program = app.test_client()
    data: dict[str, Any] = {
        "body": "union",
        "title": "Water",
        "audience": {"kind": "people", "person_ids": people},
        "channels": ["sms"],
        "texts": {"zh-Hans": {"sms": "停水"}},
    }
    refused = program.post("/api/v1/broadcasts", json={**data, "texts": {}, "kept_hours": 72}, headers=headers)
    assert (refused.status_code, refused.json["errors"]) == (422, {"sms_zh": ["There is no text."]})
    keyed = {**headers, "Idempotency-Key": "one"}
    made = [program.post("/api/v1/broadcasts", json=data, headers=keyed) for _ in range(2)]
    assert [(answer.status_code, answer.json["id"]) for answer in made] == [(201, made[0].json["id"])] * 2
    url = f"/api/v1/broadcasts/{made[0].json['id']}"
    estimated = program.get(f"{url}/estimate", headers=headers).json
    assert (estimated["reached"], estimated["needs_approval"]) == (2, True)
    assert "+861" not in str(estimated)
    assert program.put(url, json={**data, "body": None}, headers=headers).status_code == 422
    changed = {name: value for name, value in data.items() if name != "body"} | {"title": "No water"}
    assert program.put(url, json=changed, headers=headers).status_code == 428
    assert program.put(url, json=changed, headers={**headers, "If-Match": '"1"'}).json["title"] == "No water"
    alone = program.post(f"{url}/hand-in", json={"people": 2}, headers=headers)
    assert (alone.status_code, alone.json["code"]) == (409, "four-eyes")
    page = url.removeprefix("/api/v1")
    first, second = browser("wang", UNION), browser("li", UNION)
    first.post(f"{page}/hand-in", data=form_fields(first, f"{page}/hand-in"))
    assert program.get(url, headers=headers).json["handed_in_by"] == "Wang"
    assert "/approve" not in first.get(page).text
    assert first.post(f"{page}/approve", data=form_fields(first, f"{page}/give-back")).status_code == 409
    alone = program.post(f"{url}/approve", json={}, headers=bearer(runtime, Grant("manager", "*")))
    assert (alone.status_code, alone.json["code"]) == (409, "four-eyes")
    assert second.post(f"{page}/approve", data=form_fields(second, f"{page}/approve")).status_code == 303
    assert program.get(url, headers=headers).json["state"] == "running"

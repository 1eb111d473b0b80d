"""The roster's API and pages as a program and a browser use them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from facilities.app import create_app
from facilities.roster.models import Shift
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.web import bearer

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

"""The API: what programs send and get."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from membership.app import create_app
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.web import bearer

NUMBER = "11010519491231002X"


@pytest.fixture
def client(runtime: Runtime) -> Iterator[FlaskClient]:
    with create_app(runtime).test_client() as made:
        yield made


@pytest.fixture
def officer(runtime: Runtime) -> dict[str, str]:
    return bearer(runtime, Grant("officer", "*"))


@pytest.fixture
def manager(runtime: Runtime) -> dict[str, str]:
    return bearer(runtime, Grant("manager", "*"))


def test_a_person_is_registered_with_one_request(
    runtime: Runtime, client: FlaskClient, officer: dict[str, str]
) -> None:
    sent = {"name": "王小明", "phone": "13800138000", "email": "wang@example.com", "id_number": NUMBER}
    answer = client.post("/api/v1/people", json=sent, headers=officer)
    assert answer.status_code == 201
    assert answer.json["phone"] == "+8613800138000"
    assert answer.json["has_id_number"] is True
    assert NUMBER not in answer.text
    assert len(recorded(runtime, "person.registered")) == 1


def test_fifty_people_are_registered_with_nobody_to_take_the_events(
    runtime: Runtime, client: FlaskClient, officer: dict[str, str]
) -> None:
    for number in range(50):
        sent = {"name": f"人{number}", "phone": f"138001381{number:02}", "email": f"p{number}@example.com"}
        assert client.post("/api/v1/people", json=sent, headers=officer).status_code == 201
    assert len(recorded(runtime, "contact.changed")) == 50


def test_the_same_key_registers_once(runtime: Runtime, client: FlaskClient, officer: dict[str, str]) -> None:
    headers = {**officer, "Idempotency-Key": "k-1"}
    first = client.post("/api/v1/people", json={"name": "王小明"}, headers=headers)
    again = client.post("/api/v1/people", json={"name": "王小明"}, headers=headers)
    assert (first.status_code, again.status_code, first.json["id"]) == (201, 201, again.json["id"])
    assert client.post("/api/v1/people", json={"name": "李雷"}, headers=headers).status_code == 422
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_every_broken_rule_comes_back_at_its_field(client: FlaskClient, officer: dict[str, str]) -> None:
    answer = client.post("/api/v1/people", json={"name": "", "phone": "1", "email": "x"}, headers=officer)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert set(answer.json["errors"]) == {"name", "phone", "email"}
    assert [reason["code"] for reason in answer.json["reasons"]] == ["name-length", "phone-invalid", "email-invalid"]
    assert client.post("/api/v1/people", json={"name": "x", "sample": True}, headers=officer).status_code == 422


def test_a_taken_id_number_points_to_its_holder(client: FlaskClient, officer: dict[str, str]) -> None:
    first = client.post("/api/v1/people", json={"name": "王小明", "id_number": NUMBER}, headers=officer)
    answer = client.post("/api/v1/people", json={"name": "李雷", "id_number": NUMBER}, headers=officer)
    assert (answer.status_code, answer.json["code"]) == (409, "id-number-taken")
    assert answer.json["reasons"][0]["facts"]["person_id"] == first.json["id"]


def test_a_child_is_taken_into_its_guardians_household(client: FlaskClient, officer: dict[str, str]) -> None:
    mother = client.post("/api/v1/people", json={"name": "王芳", "phone": "13800138000"}, headers=officer).json
    sent = {"name": "王小宝", "birth_on": "2018-05-01", "guardian_ids": [mother["id"]]}
    refused = client.post("/api/v1/people", json=sent, headers=officer)
    assert (refused.status_code, refused.json["reasons"][0]["field"]) == (422, "consent")
    sent["consent"] = {"given_on": "2026-11-01", "paper": "C-1"}
    child = client.post("/api/v1/people", json=sent, headers=officer)
    assert (child.status_code, child.json["guardian_ids"]) == (201, [mother["id"]])
    assert child.json["guardian_consent"] == "given"
    [household] = client.get("/api/v1/households", headers=officer).json["items"]
    assert {(member["name"], member["part"]) for member in household["members"]} == {
        ("王芳", "adult"),
        ("王小宝", "child"),
    }


def test_a_change_needs_the_version_that_was_read(client: FlaskClient, officer: dict[str, str]) -> None:
    made = client.post("/api/v1/people", json={"name": "王小明"}, headers=officer).json
    url = f"/api/v1/people/{made['id']}"
    tag = client.get(url, headers=officer).headers["ETag"]
    assert client.patch(url, json={"name": "王明"}, headers=officer).status_code == 428
    changed = client.patch(url, json={"name": "王明"}, headers={**officer, "If-Match": tag})
    assert (changed.status_code, changed.json["name"]) == (200, "王明")
    assert client.patch(url, json={"name": "王"}, headers={**officer, "If-Match": tag}).status_code == 412


def test_revealing_is_for_managers(client: FlaskClient, officer: dict[str, str], manager: dict[str, str]) -> None:
    made = client.post("/api/v1/people", json={"name": "王小明", "id_number": NUMBER}, headers=officer).json
    url = f"/api/v1/people/{made['id']}/id-number-reveals"
    assert client.post(url, json={"reason": "insurance"}, headers=officer).status_code == 403
    assert client.post(url, json={"reason": ""}, headers=manager).status_code == 422
    assert client.post(url, json={"reason": "insurance"}, headers=manager).json == {"id_number": NUMBER}


def test_people_are_listed_by_name_phone_and_organisation(
    client: FlaskClient, officer: dict[str, str], branch: Organisation
) -> None:
    ids = [
        client.post("/api/v1/people", json={"name": name, "phone": phone}, headers=officer).json["id"]
        for name, phone in (("王小明", "13800138001"), ("王晓", "13800138002"), ("李雷", "13800138003"))
    ]
    sent = {"person_id": ids[2], "organisation_id": str(branch.id), "role": "member", "start_on": "2026-01-01"}
    started = client.post("/api/v1/memberships", json=sent, headers=officer)
    assert (started.status_code, started.json["body"]) == (201, "party")
    assert client.post("/api/v1/memberships", json=sent, headers=officer).json["code"] == "membership-overlaps"

    def found(query: str) -> list[str]:
        items = client.get(f"/api/v1/people?{query}", headers=officer).json["items"]
        return [item["id"] for item in items]

    assert found("name=王") == [ids[1], ids[0]]
    assert found("phone=8003") == [ids[2]]
    assert found(f"organisation_id={branch.id}") == [ids[2]]
    assert found("body=union") == []
    first = client.get("/api/v1/people?limit=2", headers=officer).json
    assert len(first["items"]) == 2
    assert [item["id"] for item in client.get(first["next"], headers=officer).json["items"]] == [ids[0]]


def test_a_membership_ends_by_a_patch(client: FlaskClient, officer: dict[str, str], branch: Organisation) -> None:
    person = client.post("/api/v1/people", json={"name": "王小明"}, headers=officer).json
    sent = {"person_id": person["id"], "organisation_id": str(branch.id), "role": "member", "start_on": "2026-01-01"}
    made = client.post("/api/v1/memberships", json=sent, headers=officer).json
    url = f"/api/v1/memberships/{made['id']}"
    ended = client.patch(url, json={"end_on": "2026-06-01"}, headers={**officer, "If-Match": '"1"'})
    assert (ended.status_code, ended.json["end_on"]) == (200, "2026-06-01")
    assert client.patch(url, json={"role": "secretary"}, headers={**officer, "If-Match": '"2"'}).status_code == 422


def test_organisations_are_founded_changed_and_closed(
    client: FlaskClient, officer: dict[str, str], manager: dict[str, str]
) -> None:
    sent = {"code": "U", "kind": "union-federation", "name_zh": "工会联合会", "name_en": "Union federation"}
    made = client.post("/api/v1/organisations", json=sent, headers=officer)
    assert (made.status_code, made.json["body"]) == (201, "union")
    url = f"/api/v1/organisations/{made.json['id']}"
    changed = client.patch(url, json={"name_en": "Federation"}, headers={**officer, "If-Match": '"1"'})
    assert changed.json["name_en"] == "Federation"
    assert client.post(f"{url}/closing", headers=officer).status_code == 403
    assert client.post(f"{url}/closing", headers=manager).json["active"] is False


def test_households_change_by_a_patch(client: FlaskClient, officer: dict[str, str]) -> None:
    people = [
        client.post("/api/v1/people", json={"name": name}, headers=officer).json["id"] for name in ("王芳", "李雷")
    ]
    sent = {"name": "王芳家", "members": [{"person_id": people[0]}]}
    made = client.post("/api/v1/households", json=sent, headers=officer)
    assert made.status_code == 201
    url = f"/api/v1/households/{made.json['id']}"
    both = {"members": [{"person_id": one} for one in people]}
    changed = client.patch(url, json=both, headers={**officer, "If-Match": '"1"'})
    assert (changed.status_code, len(changed.json["members"])) == (200, 2)
    assert client.get(url, headers=officer).json["version"] == 2


def test_a_file_is_uploaded_looked_at_and_confirmed(
    client: FlaskClient, officer: dict[str, str], branch: Organisation
) -> None:
    url = "/api/v1/imports"
    headers = {**officer, "Idempotency-Key": "file-1"}
    good = "姓名,手机,组织代码\n王小明,13800138000,P-1\n李雷,13800138001,\n"
    made = client.post(f"{url}?file_name=people.csv", data=good.encode(), content_type="text/csv", headers=headers)
    assert (made.status_code, made.json["errors"], made.json["state"]) == (201, [], "waiting")
    assert [(row["row"], row["action"], row["joins"]) for row in made.json["rows"]] == [
        (2, "register", ["P-1"]),
        (3, "register", []),
    ]
    again = client.post(f"{url}?file_name=people.csv", data=good.encode(), content_type="text/csv", headers=headers)
    assert again.json["id"] == made.json["id"]
    other = client.post(f"{url}?file_name=people.csv", data=b"x", content_type="text/csv", headers=headers)
    assert other.status_code == 422
    done = client.post(f"{url}/{made.json['id']}/confirmation", headers=officer)
    assert (done.status_code, done.json["registered_count"], done.json["started_count"]) == (200, 2, 1)


def test_all_errors_of_a_file_come_back_at_once(client: FlaskClient, officer: dict[str, str]) -> None:
    bad = "name,phone,organisation code\n王小明,12,X\n,13800138000,\n"
    made = client.post("/api/v1/imports", data=bad.encode(), content_type="text/csv", headers=officer).json
    assert [(error["row"], error["column"], error["code"]) for error in made["errors"]] == [
        (2, "phone", "phone-invalid"),
        (2, "organisation", "organisation-unknown"),
        (3, "name", "name-length"),
    ]
    refused = client.post(f"/api/v1/imports/{made['id']}/confirmation", headers=officer)
    assert refused.status_code == 422
    assert [reason["field"] for reason in refused.json["reasons"]] == [
        "rows.2.phone",
        "rows.2.organisation",
        "rows.3.name",
    ]


def test_without_a_token_nothing_is_told(client: FlaskClient) -> None:
    for path in ("people", "organisations", "memberships", "households", "imports"):
        assert client.get(f"/api/v1/{path}").status_code == 401


@pytest.mark.usefixtures("branch")
def test_a_viewer_changes_nothing(runtime: Runtime, client: FlaskClient, register: Callable[..., Person]) -> None:
    viewer = bearer(runtime, Grant("viewer", "*"))
    register("王小明")
    assert client.get("/api/v1/people", headers=viewer).status_code == 200
    assert client.post("/api/v1/people", json={"name": "李雷"}, headers=viewer).status_code == 403
    assert client.get("/api/v1/imports", headers=viewer).status_code == 403

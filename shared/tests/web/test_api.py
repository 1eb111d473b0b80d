import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import bearer as bearer_header
from shared.testing.web import form_fields

URL = "/api/v1/things"


def add(client: FlaskClient, headers: dict[str, str], name: str) -> Any:
    answer = client.post(URL, json={"name": name}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_list_is_walked_newest_first_by_its_next_links(client: FlaskClient, bearer: dict[str, str]) -> None:
    names = [add(client, bearer, f"thing {number}")["name"] for number in range(5)]
    seen: list[str] = []
    address: str | None = f"{URL}?limit=2&body=party"
    while address:
        page = client.get(address, headers=bearer).json
        seen += [item["name"] for item in page["items"]]
        if len(seen) == 2:
            add(client, bearer, "added while somebody was reading")
        address = page["next"]
        assert address is None or "body=party" in address
    assert seen == names[::-1]


@pytest.mark.parametrize("query", ["cursor=nonsense", "limit=0", "limit=10000", "limit=x"])
def test_a_malformed_page_request_names_its_field(client: FlaskClient, bearer: dict[str, str], query: str) -> None:
    answer = client.get(f"{URL}?{query}", headers=bearer)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [query.partition("=")[0]]


def test_invalid_input_is_a_problem_with_sentences_by_field(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.post(URL, json={"name": "", "colour": "red"}, headers={**bearer, "Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"] == {
        "name": ["Length must be between 1 and 60."],
        "colour": ["Unknown field."],
    }


@pytest.mark.parametrize(
    ("query", "sent", "fields"),
    [
        ("", {"name": "a\x00b"}, ["name"]),
        ("", {"name": "Chess", "further": [{"text": "\x00"}], "k\x00": 1}, ["further.0.text", "k\ufffd"]),
        ("?body=%00", {"name": "Chess"}, ["body"]),
    ],
)
def test_what_no_database_keeps_is_refused_and_its_field_is_named(
    client: FlaskClient, bearer: dict[str, str], query: str, sent: Any, fields: list[str]
) -> None:
    answer = client.post(f"{URL}{query}", json=sent, headers={**bearer, "Accept-Language": "en"})
    assert (answer.status_code, answer.json["code"]) == (422, "unstorable-character")
    assert sorted(answer.json["errors"]) == fields
    assert "U+0000" in answer.json["errors"][fields[0]][0]
    assert add(client, bearer, "a\\u0000b")["name"] == "a\\u0000b"


def test_problems_are_written_in_the_language_that_is_asked_for(client: FlaskClient, bearer: dict[str, str]) -> None:
    def errors(language: str) -> dict[str, list[str]]:
        headers = {**bearer, "Accept-Language": language}
        found: dict[str, list[str]] = client.post(URL, json={"name": "x" * 61}, headers=headers).json["errors"]
        return found

    assert errors("en-GB") == {"name": ["Length must be between 1 and 60."]}
    assert errors("zh-CN") == {"name": ["长度应在 1 至 60 之间。"]}


def test_every_broken_rule_is_told_with_code_field_and_facts(client: FlaskClient, bearer: dict[str, str]) -> None:
    headers = {**bearer, "Accept-Language": "en"}
    answer = client.post(URL, json={"name": "!now"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json["type"] == "urn:yizhan:problem:name-shouts"
    assert answer.json["errors"] == {"name": ["A name does not begin with !."]}
    assert [reason["code"] for reason in answer.json["reasons"]] == ["name-shouts", "no-such-shelf"]
    assert answer.json["reasons"][0]["facts"] == {"sign": "!"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/api/v1/nothing", {}, 404),
        ("GET", f"{URL}/00000000-0000-7000-8000-000000000000", {}, 404),
        ("DELETE", URL, {}, 405),
        ("POST", URL, {"data": "{", "content_type": "application/json"}, 400),
        ("POST", URL, {"json": [1]}, 422),
        ("POST", URL, {"json": {"name": "other body", "body": "union"}}, 403),
        ("POST", URL, {"data": b"x" * (17 * 1024 * 1024), "content_type": "application/json"}, 413),
    ],
)
def test_each_error_is_problem_json(
    client: FlaskClient, bearer: dict[str, str], method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    answer = client.open(path, method=method, headers={**bearer, "X-Request-ID": "seen-7"}, **sent)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["detail"]
    assert answer.json["request_id"] == answer.headers["X-Request-ID"] == "seen-7"


def test_an_etag_guards_against_overwriting(client: FlaskClient, bearer: dict[str, str]) -> None:
    address = f"{URL}/{add(client, bearer, 'Chess')['id']}"
    tag = client.get(address, headers=bearer).headers["ETag"]
    changed = client.put(address, json={"name": "Go"}, headers={**bearer, "If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    stale = client.put(address, json={"name": "Mahjong"}, headers={**bearer, "If-Match": tag})
    assert (stale.status_code, stale.json["code"]) == (412, "stale")
    assert client.put(address, json={"name": "Mahjong"}, headers=bearer).status_code == 428
    assert client.get(address, headers=bearer).json["name"] == "Go"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer yz_nonsense"}, {"Authorization": "Basic eDp5"}])
def test_without_a_valid_token_the_api_answers_401(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get(URL, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_viewer_reads_and_may_not_add(client: FlaskClient, runtime: Runtime) -> None:
    headers = bearer_header(runtime, Grant("viewer", "*"))
    assert client.get(URL, headers=headers).status_code == 200
    assert client.post(URL, json={"name": "Chess"}, headers=headers).status_code == 403


def test_a_session_needs_the_csrf_header_on_the_api(admin: FlaskClient) -> None:
    token = form_fields(admin, "/things/new")["csrf_token"]
    refused = admin.post(URL, json={"name": "Chess"})
    assert (refused.status_code, refused.json["code"]) == (403, "csrf")
    assert admin.post(URL, json={"name": "Chess"}, headers={"X-CSRFToken": token}).status_code == 201


def test_events_carry_the_request_id_and_the_trace(
    client: FlaskClient, bearer: dict[str, str], runtime: Runtime
) -> None:
    from sqlalchemy import select

    from shared.database.tables import OutboxRow
    from shared.events.envelope import CONTENT_TYPE, parse

    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {**bearer, "X-Request-ID": "from-outside", "traceparent": trace}
    answer = client.post(URL, json={"name": "Chess"}, headers=headers)
    with runtime.reading() as session:
        [row] = session.scalars(select(OutboxRow)).all()
    envelope = parse(row.body.encode(), CONTENT_TYPE, {})
    assert envelope.correlationid == "from-outside" == answer.headers["X-Request-ID"]
    assert envelope.traceparent == answer.headers["traceparent"]
    of_caller, of_request = trace.split("-"), answer.headers["traceparent"].split("-")
    assert of_request[:2] == of_caller[:2]
    assert of_request[2] != of_caller[2], "the request is a span of its own"
    assert of_request[3] == of_caller[3], "the caller's wish to have it recorded is passed on"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "garbage",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    ],
)
def test_a_request_without_a_valid_trace_begins_one(client: FlaskClient, given: str | None) -> None:
    answers = [client.get("/healthz", headers={"traceparent": given} if given else {}) for _ in range(2)]
    begun = [answer.headers["traceparent"] for answer in answers]
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", each) for each in begun)
    assert begun[0][3:35] != begun[1][3:35]
    assert "0af7651916cd43dd8448eb211c80319c" not in begun[0]


def test_a_trace_of_a_later_version_of_the_standard_goes_on(client: FlaskClient) -> None:
    given = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-what-the-future-adds"
    answered = client.get("/healthz", headers={"traceparent": given}).headers["traceparent"]
    assert answered.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert answered.endswith("-01")


def test_a_dangerous_request_id_is_replaced(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": "a b<script>"})
    assert "<" not in answer.headers["X-Request-ID"]


def test_the_specification_is_openapi_3_1_with_problems(admin: FlaskClient) -> None:
    spec = admin.get("/api/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    post = spec["paths"]["/api/v1/things"]["post"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in post["parameters"]
    assert list(spec["components"]["responses"]["UNPROCESSABLE_ENTITY"]["content"]) == ["application/problem+json"]
    assert "PaginationMetadata" not in spec["components"]["schemas"]


def test_the_documentation_page_needs_no_script(admin: FlaskClient) -> None:
    page = admin.get("/api/docs").text
    assert "/api/v1/things/{thing_id}" in page
    assert "Its owner." in page
    assert "style=" not in page
    assert page.count("<script") == 1


def test_a_request_is_one_log_line_by_its_route(
    client: FlaskClient, bearer: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="shared.web.tracing"):
        client.get(f"{URL}/00000000-0000-7000-8000-000000000000", headers=bearer)
        client.get("/healthz")
    [line] = caplog.records
    assert (line.__dict__["route"], line.__dict__["status"]) == (f"{URL}/<uuid:thing_id>", 404)
    assert "00000000-0000" not in line.getMessage()

import gzip
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.database import Database
from shared.principal import Grant
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.web import add_staff, form_fields, sign_in

PAGES = [
    "/",
    "/things/",
    "/things/new",
    "/things/calendar",
    "/things/catalogue",
    "/staff/",
    "/staff/new",
    "/staff/tokens/new",
    "/deliveries/",
]


@pytest.mark.parametrize("url", [*PAGES, "/api/docs"])
def test_each_page_answers_and_obeys_its_own_policy(admin: FlaskClient, url: str) -> None:
    answer = admin.get(url, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for forbidden in ("style=", "<style", "onclick=", "http://cdn", "https://"):
        assert forbidden not in answer.text


def test_a_form_adds_a_thing_and_a_second_submission_does_nothing(admin: FlaskClient) -> None:
    fields = {**form_fields(admin, "/things/new"), "name": "Chess", "body": "union"}
    first = admin.post("/things/new", data=fields)
    assert first.status_code == 303
    assert "Chess can be lent from now on." in admin.get(first.location).text
    second = admin.post("/things/new", data=fields, follow_redirects=True)
    assert "had been sent already" in second.text
    assert admin.get("/things/").text.count(">Chess<") == 1


def test_reasons_stand_at_their_fields_and_nothing_typed_is_lost(admin: FlaskClient) -> None:
    fields = {**form_fields(admin, "/things/new"), "name": "!Chess", "note": "for <b>two</b>"}
    answer = admin.post("/things/new", data=fields)
    assert answer.status_code == 422
    assert 'aria-describedby="name-help name-error"' in answer.text
    assert "A name does not begin with !." in answer.text
    assert "There is no room for it." in answer.text
    assert 'value="!Chess"' in answer.text
    assert "for &lt;b&gt;two&lt;/b&gt;" in answer.text
    assert admin.post("/things/new", data={**fields, "name": "Chess"}).status_code == 303


def test_the_browser_goes_to_the_first_wrong_field_by_itself_and_the_summary_leads_to_each(admin: FlaskClient) -> None:
    fields = form_fields(admin, "/things/new")
    assert "autofocus" not in admin.get("/things/new").text
    page = admin.post("/things/new", data={**fields, "name": "", "body": "nobody"}).text
    [focused] = re.findall(r"<[^>]*\bautofocus\b[^>]*>", page)
    assert 'id="name"' in focused
    assert 'href="#name"' in page
    assert 'href="#body"' in page
    page = admin.post("/things/new", data={**fields, "name": "Chess", "body": "nobody"}).text
    [focused] = re.findall(r"<[^>]*\bautofocus\b[^>]*>", page)
    assert 'id="body"' in focused


def test_a_form_with_what_no_database_keeps_is_refused_and_names_the_field(admin: FlaskClient) -> None:
    fields = {**form_fields(admin, "/things/new"), "name": "Che\x00ss"}
    answer = admin.post("/things/new", data=fields)
    assert answer.status_code == 422
    assert "name holds the character U+0000" in answer.text
    assert admin.post("/things/new", data={**fields, "name": "Chess"}).status_code == 303
    assert admin.get("/things/?q=%00").status_code == 422


def test_a_missing_field_is_told_in_the_readers_language(app: Flask, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("officer", "*"), language="zh-Hans")
    client = app.test_client()
    sign_in(client, "li")
    answer = client.post("/things/new", data={**form_fields(client, "/things/new"), "name": ""})
    assert "该字段是必填字段" in answer.text
    assert "请更正以下内容" in answer.text


def test_a_form_without_its_token_is_refused_kindly(admin: FlaskClient) -> None:
    answer = admin.post("/things/new", data={"name": "Chess", "body": "party"})
    assert answer.status_code == 403
    assert "older than your sign-in" in answer.text
    assert admin.get("/things/").text.count("Chess") == 0


def test_an_error_in_the_code_shows_a_number_and_nothing_else(admin: FlaskClient) -> None:
    answer = admin.get("/things/broken", headers={"X-Request-ID": "case-9"})
    assert answer.status_code == 500
    assert "case-9" in answer.text
    assert "secrets in its text" not in answer.text


def test_a_page_that_is_not_there_says_so(admin: FlaskClient) -> None:
    answer = admin.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_lists_page_and_keep_their_filters(admin: FlaskClient) -> None:
    for number in range(3):
        admin.post("/things/new", data={**form_fields(admin, "/things/new"), "name": f"Set {number}", "body": "union"})
    page = admin.get("/things/?limit=2&body=union").text
    assert "Set 2" in page
    assert "Set 0" not in page
    assert "Older entries" in page
    assert "body=union&amp;cursor=" in page
    assert "Nothing fits these filters." in admin.get("/things/?q=zebra").text


def test_the_language_follows_person_then_cookie_then_browser(client: FlaskClient, admin: FlaskClient) -> None:
    def heading(headers: dict[str, str]) -> bool:
        return "登录" in client.get("/sign-in", headers=headers).text

    assert heading({"Accept-Language": "zh-TW,en;q=0.5"})
    assert heading({"Accept-Language": "fr"})
    assert not heading({"Accept-Language": "en"})
    client.post("/language", data={**form_fields(client, "/sign-in"), "language": "zh-Hans", "next": "/sign-in"})
    assert heading({"Accept-Language": "en"})
    assert "Event deliveries" in admin.get("/things/").text
    fields = form_fields(admin, "/things/new")
    switch = {"csrf_token": fields["csrf_token"], "language": "zh-Hans", "next": "/things/"}
    answer = admin.post("/language", data=switch)
    assert answer.location == "/things/"
    admin.delete_cookie("yizhan_language")
    assert "事件投递" in admin.get("/things/").text


def test_visitors_see_the_look_of_the_suite_and_nothing_for_staff(client: FlaskClient, admin: FlaskClient) -> None:
    for reader in (client, admin):
        page = reader.get("/things/catalogue?sort=name", headers={"Accept-Language": "en"}).text
        assert 'class="suite"' in page
        assert "Party-and-mass service centre" in page
        for for_staff in ("/sign-out", "/staff/", "/api/docs", 'class="places"', "suite-services", "Wang"):
            assert for_staff not in page, for_staff


def test_nobody_is_led_out_of_the_service(client: FlaskClient) -> None:
    for outside in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = client.post("/language", data={**form_fields(client, "/sign-in"), "language": "en", "next": outside})
        assert answer.location == "/"


def test_styles_are_served_from_here_compressed_and_for_good(client: FlaskClient) -> None:
    page = client.get("/sign-in").text
    address = next(part for part in page.split('"') if part.startswith("/kit/bootstrap.css"))
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.data) < 40_000
    known = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.get(address, headers=known).status_code == 304
    assert client.get("/kit/../secrets").status_code == 404


def weight(client: FlaskClient, path: str, kept: set[str]) -> int:
    """Bytes that a browser loads for a page, which keeps what it was told to keep and remembers it in ``kept``."""
    page = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert page.status_code == 200, path
    text = gzip.decompress(page.data).decode() if page.headers.get("Content-Encoding") == "gzip" else page.text
    total = len(page.data)
    for address in set(re.findall(r'(?:href|src)="(/kit/[^"#]*)', text)) - kept:
        answer = client.get(unescape(address), headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["Cache-Control"], address
        total += len(answer.data)
        kept.add(address)
    return total


def test_a_first_page_is_light_and_the_next_ones_are_lighter(admin: FlaskClient, runtime: Runtime) -> None:
    from demo.things import add_thing

    with runtime.unit_of_work() as work:
        for number in range(60):
            add_thing(work, name=f"A thing with a longer name, {number}", body="union")
    kept: set[str] = set()
    assert weight(admin, "/things/calendar", kept) < 250_000
    for path in ("/things/calendar", "/things/", "/things/new", "/staff/", "/deliveries/"):
        assert weight(admin, path, kept) < 40_000, path


def test_pages_are_compressed_for_who_asked_and_not_for_other_sites(admin: FlaskClient) -> None:
    def encoding(**headers: str) -> str | None:
        return admin.get("/things/new?q=guess", headers=headers).headers.get("Content-Encoding")

    assert encoding(**{"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}) == "gzip"
    assert encoding(**{"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"}) is None
    assert encoding(**{"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"}) is None
    assert encoding(**{"Accept-Encoding": "gzip"}) is None
    assert encoding(**{"Accept-Encoding": "identity", "Sec-Fetch-Site": "none"}) is None


def test_https_makes_cookies_secure_and_asks_for_strict_transport(make_runtime: Callable[..., Runtime]) -> None:
    from demo.app import make
    from demo.things import DEMO

    service: Service = DEMO
    runtime = make_runtime(service, PUBLIC_URL="https://things.example.org")
    answer = make(runtime).test_client().get("/sign-in", base_url="https://things.example.org")
    assert "Strict-Transport-Security" in answer.headers
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("yizhan_demo=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))


def test_plain_http_has_no_strict_transport(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "本服务暂时无法读写数据"), ("en", "cannot reach its data")])
def test_a_page_without_its_database_says_so_and_a_form_goes_through_once_it_is_back(
    admin: FlaskClient, runtime: Runtime, language: str, said: str
) -> None:
    admin.post(
        "/language", data={**form_fields(admin, "/things/new"), "language": "en" if language == "en" else "zh-Hans"}
    )
    fields = {**form_fields(admin, "/things/new"), "name": "Chess", "body": "union"}
    there, runtime.database = runtime.database, Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    try:
        answers = [admin.get("/things/"), admin.post("/things/new", data=fields)]
        by_program = admin.get("/api/v1/things")
    finally:
        runtime.database = there
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert said in answer.text
        assert "Connection refused" not in answer.text
    assert (by_program.status_code, by_program.json["code"]) == (503, "service-unavailable")
    assert admin.post("/things/new", data=fields).status_code == 303

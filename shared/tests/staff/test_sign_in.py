import threading
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from shared.database.tables import AuditRow
from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.accounts import find_account, set_active, set_grants, set_password
from shared.staff.models import Account, StaffSession
from shared.staff.timers import forget_what_expired
from shared.testing.fakes import SettableClock
from shared.testing.web import PASSWORD, add_staff, form_fields, sign_in


def try_to_sign_in(client: FlaskClient, username: str, password: str, next: str | None = None) -> Any:
    url = "/sign-in" if next is None else f"/sign-in?next={next}"
    return client.post(url, data={**form_fields(client, url), "username": username, "password": password})


def account(runtime: Runtime, username: str) -> Account:
    with runtime.reading() as session:
        found = find_account(session, username)
        assert found is not None
        return found


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page_and_back(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    answer = client.get("/things/?q=chess")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/things/?q%3Dchess")
    page = client.get(answer.location)
    assert "Chess" not in page.text
    signed_in = client.post(
        answer.location, data={**form_fields(client, answer.location), "username": " LI ", "password": PASSWORD}
    )
    assert (signed_in.status_code, signed_in.location) == (303, "/things/?q=chess")
    assert client.get("/things/").status_code == 200


def test_nobody_is_sent_elsewhere_after_signing_in(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    assert try_to_sign_in(client, "li", PASSWORD, next="//evil.example").location == "/"


def test_an_unknown_name_and_a_wrong_password_look_alike(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    unknown = try_to_sign_in(client, "nobody", "x" * 12)
    wrong = try_to_sign_in(client, "li", "x" * 12)
    assert unknown.status_code == wrong.status_code == 401
    assert "Username and password do not go together." in wrong.text or "用户名或密码不正确。" in wrong.text
    assert unknown.text.count("<li>") == wrong.text.count("<li>")


def test_the_sixth_attempt_has_to_wait_even_with_the_right_password(
    client: FlaskClient, runtime: Runtime, clock: SettableClock
) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    assert [try_to_sign_in(client, "li", "wrong password").status_code for _ in range(5)] == [401] * 5
    assert try_to_sign_in(client, "li", PASSWORD).status_code == 429
    clock.advance(seconds=31)
    assert try_to_sign_in(client, "li", PASSWORD).status_code == 303


def test_waiting_grows_with_each_further_attempt(client: FlaskClient, runtime: Runtime, clock: SettableClock) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    for _ in range(5):
        try_to_sign_in(client, "li", "wrong password")
    clock.advance(seconds=31)
    assert try_to_sign_in(client, "li", "wrong password").status_code == 401
    clock.advance(seconds=31)
    assert try_to_sign_in(client, "li", PASSWORD).status_code == 429
    clock.advance(seconds=30)
    assert try_to_sign_in(client, "li", PASSWORD).status_code == 303


def test_one_address_cannot_go_through_many_names(client: FlaskClient, clock: SettableClock) -> None:
    statuses = [try_to_sign_in(client, f"name{number}", "wrong password").status_code for number in range(31)]
    assert statuses == [401] * 30 + [429]


def test_many_guesses_at_once_do_not_slip_through(app: Flask, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    fields = [(client := app.test_client(), form_fields(client, "/sign-in")) for _ in range(12)]
    statuses: list[int] = []

    def guess(client: FlaskClient, hidden: dict[str, str]) -> None:
        data = {**hidden, "username": "li", "password": "wrong password"}
        statuses.append(client.post("/sign-in", data=data).status_code)

    threads = [threading.Thread(target=guess, args=pair) for pair in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(401) == 5
    assert statuses.count(429) == 7


def test_signing_out_ends_the_session_on_the_server(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    sign_in(client, "li")
    cookie = client.get_cookie("yizhan_demo")
    assert cookie is not None
    client.post("/sign-out", data=form_fields(client, "/things/") | {})
    client.set_cookie("yizhan_demo", cookie.value)
    assert client.get("/things/").status_code == 302
    with runtime.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []


def test_a_session_ends_after_twelve_hours(client: FlaskClient, runtime: Runtime, clock: SettableClock) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    sign_in(client, "li")
    clock.advance(hours=11, minutes=59)
    assert client.get("/things/").status_code == 200
    clock.advance(minutes=1)
    assert client.get("/things/").status_code == 302
    forget_what_expired(runtime)
    with runtime.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []


def test_what_an_administrator_changes_counts_at_once(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("officer", "*"))
    sign_in(client, "li")
    assert client.get("/things/new").status_code == 200
    li = account(runtime, "li").id
    with runtime.unit_of_work() as work:
        set_grants(work, li, [Grant("viewer", "union")])
    assert client.get("/things/new").status_code == 403
    with runtime.unit_of_work() as work:
        set_active(work, li, False)
    assert client.get("/things/").status_code == 302
    assert try_to_sign_in(client, "li", PASSWORD).status_code == 401


def test_a_new_password_ends_every_session(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    sign_in(client, "li")
    with runtime.unit_of_work() as work:
        set_password(work, account(runtime, "li").id, "quite another sentence")
    assert client.get("/things/").status_code == 302
    assert try_to_sign_in(client, "li", "quite another sentence").status_code == 303


def test_neither_password_nor_session_can_be_read_from_the_database(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    sign_in(client, "li")
    assert account(runtime, "li").password_hash.startswith("$argon2id$")
    with client.session_transaction() as cookie:
        secret = cookie["sid"]
    with runtime.reading() as session:
        [held] = session.scalars(select(StaffSession)).all()
    assert secret.encode() not in held.id_hash


def test_signing_in_gives_a_new_session_and_is_audited(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    before = form_fields(client, "/sign-in")["csrf_token"]
    try_to_sign_in(client, "li", "wrong password")
    sign_in(client, "li")
    assert form_fields(client, "/things/")["csrf_token"].partition(".")[0] != before.partition(".")[0]
    with runtime.reading() as session:
        actions = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert actions == ["account-added", "sign-in-failed", "signed-in"]

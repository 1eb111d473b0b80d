"""Signing in at a foreign provider: what is believed, what is not, and what a person is told."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from shared.database.tables import AuditRow
from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.accounts import set_active, set_grants
from shared.staff.models import Account, StaffSession
from shared.testing.fakes import SettableClock
from shared.testing.openid import ForeignProvider
from shared.testing.ports import free_port
from shared.testing.web import add_staff, form_fields, sign_in

PROTECTED = "/things/?q=chess"


def begin(client: FlaskClient, provider: ForeignProvider) -> dict[str, str]:
    """Ask for a page, be sent away to sign in, and come to the provider."""
    to_page = client.get(PROTECTED)
    to_start = client.get(to_page.location)
    to_provider = client.get(to_start.location)
    assert to_provider.status_code == 302
    assert to_provider.location.startswith(f"{provider.issuer}/authorize?")
    return provider.visit(to_provider.location)


def come_back(client: FlaskClient, answer: dict[str, str]) -> Any:
    return client.get("/sign-in/callback", query_string=answer)


def account(runtime: Runtime, subject: str = "li-1") -> Account:
    with runtime.reading() as session:
        return session.scalars(select(Account).where(Account.issuer_subject == subject)).one()


def let_in(client: FlaskClient, provider: ForeignProvider, runtime: Runtime, role: str = "officer") -> None:
    come_back(client, begin(client, provider))
    with runtime.unit_of_work() as work:
        set_grants(work, account(runtime).id, [Grant(role, "*")])


def test_whoever_signs_in_comes_back_to_the_page_they_wanted(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime
) -> None:
    answer = come_back(client, begin(client, provider))
    assert (answer.status_code, answer.location) == (303, PROTECTED)
    asked = provider.asked[0]
    assert asked["redirect_uri"].endswith("/sign-in/callback")
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    known = account(runtime)
    assert (known.name, known.username, known.issuer, known.password_hash) == ("李梅", "li", provider.issuer, "")


def test_a_new_person_is_told_who_can_give_a_role(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime
) -> None:
    add_staff(runtime, "wang", Grant("admin", "*"))
    come_back(client, begin(client, provider))
    page = client.get("/things/")
    assert page.status_code == 403
    assert "Wang" in page.text
    with runtime.unit_of_work() as work:
        set_grants(work, account(runtime).id, [Grant("viewer", "union")])
    assert client.get("/things/").status_code == 200


def test_a_username_that_is_taken_is_not_taken_over(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime
) -> None:
    add_staff(runtime, "li", Grant("admin", "*"))
    come_back(client, begin(client, provider))
    assert client.get("/things/").status_code == 403
    assert account(runtime).username.startswith("li-")


def test_the_same_person_has_one_account_and_the_provider_s_newest_name(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime
) -> None:
    let_in(client, provider, runtime)
    client.post("/sign-out", data=form_fields(client, "/things/"))
    provider.person = {"sub": "li-1", "name": "李梅梅", "preferred_username": "somebody-else"}
    assert come_back(client, begin(client, provider)).status_code == 303
    assert (account(runtime).name, account(runtime).username) == ("李梅梅", "li")
    assert client.get("/things/").status_code == 200


def _set(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {**claims, **values}


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_set(nonce="another"), "wrong-nonce"),
        (_without("nonce"), "wrong-nonce"),
        (_set(iss="http://127.0.0.1:1"), "wrong-issuer"),
        (_set(aud="another-client"), "wrong-audience"),
        (_set(aud=["another-client"]), "wrong-audience"),
        (_set(aud=["demo", "another"], azp="another"), "wrong-audience"),
        (_set(exp=1), "expired"),
        (_without("exp"), "expired"),
        (lambda claims: {**claims, "iat": claims["iat"] + 3600}, "expired"),
        (_without("sub"), "bad-id-token"),
        (_set(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "bad-id-token"),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime, spoil: Any, code: str
) -> None:
    provider.spoil = spoil
    page = come_back(client, begin(client, provider))
    assert page.status_code == 401
    assert "<h1>" in page.text
    assert client.get(PROTECTED).status_code == 302
    with runtime.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []
        [noted] = session.scalars(select(AuditRow).where(AuditRow.action == "sign-in-failed"))
    assert noted.facts == {"code": code}


def test_a_signature_by_another_key_or_by_none_is_not_believed(client: FlaskClient, provider: ForeignProvider) -> None:
    provider.signs_with = provider.new_key()
    assert come_back(client, begin(client, provider)).status_code == 401
    provider.signs_with, answer = provider.key, begin(client, provider)
    head, body, _ = provider.sign({"sub": "li-1"}).split(".")
    none = "eyJhbGciOiJub25lIn0"
    provider.exchange = lambda form: (200, {"id_token": f"{none}.{body}.", "access_token": "x"})  # type: ignore[method-assign]
    assert head != none
    assert come_back(client, answer).status_code == 401


def test_new_keys_of_the_provider_are_fetched_when_they_are_met(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(client, provider, runtime)
    monkeypatch.setattr("shared.staff.openid.provider.KEYS_NOT_ASKED_AGAIN", 0.0)
    provider.key = provider.signs_with = provider.new_key()
    client.post("/sign-out", data=form_fields(client, "/things/"))
    assert come_back(client, begin(client, provider)).status_code == 303


@pytest.mark.parametrize("change", [{"state": "forged"}, {"state": ""}])
def test_an_answer_that_was_not_asked_for_is_refused(
    client: FlaskClient, provider: ForeignProvider, change: dict[str, str]
) -> None:
    answer = begin(client, provider)
    assert come_back(client, {**answer, **change}).status_code == 400
    other_browser = client.application.test_client()
    assert come_back(other_browser, answer).status_code == 400


def test_a_code_counts_once(client: FlaskClient, provider: ForeignProvider) -> None:
    answer = begin(client, provider)
    assert come_back(client, answer).status_code == 303
    again = begin(client.application.test_client(), provider)
    assert come_back(client, answer).status_code == 400
    assert again


def test_a_code_in_another_provider_s_name_is_refused(client: FlaskClient, provider: ForeignProvider) -> None:
    answer = begin(client, provider)
    assert come_back(client, {**answer, "iss": "https://elsewhere.example"}).status_code == 401


def test_who_cancels_is_told_so_in_words(client: FlaskClient, provider: ForeignProvider) -> None:
    state = begin(client, provider)["state"]
    page = client.get("/sign-in/callback", query_string={"error": "access_denied", "state": state})
    assert page.status_code == 400
    assert "登录已取消" in page.text or "cancelled" in page.text


def test_a_sign_in_that_was_begun_too_long_ago_is_refused(
    client: FlaskClient, provider: ForeignProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = begin(client, provider)
    monkeypatch.setattr("shared.staff.openid.pages._LASTS_SECONDS", -1)
    assert come_back(client, answer).status_code == 400


def test_a_deactivated_account_stays_out(client: FlaskClient, provider: ForeignProvider, runtime: Runtime) -> None:
    let_in(client, provider, runtime)
    with runtime.unit_of_work() as work:
        set_active(work, account(runtime).id, False)
    assert client.get("/things/").status_code == 302
    assert come_back(client, begin(client, provider)).status_code == 403


def test_running_sessions_go_on_while_the_provider_is_away(
    make_app: Callable[..., tuple[Flask, Runtime]], provider: ForeignProvider
) -> None:
    app, _ = make_app(OIDC_ISSUER=f"http://127.0.0.1:{free_port()}", LOCAL_ACCOUNTS="on")
    runtime = app.extensions["yizhan"].runtime
    add_staff(runtime, "li", Grant("viewer", "*"))
    client = app.test_client()
    sign_in(client, "li")
    assert client.get("/things/").status_code == 200
    away = client.get("/sign-in/start")
    assert away.status_code == 503
    assert away.headers["Retry-After"] == "30"
    assert "/sign-in" in away.text


def test_local_accounts_are_off_beside_a_provider_unless_wanted(
    client: FlaskClient, runtime: Runtime, make_app: Callable[..., tuple[Flask, Runtime]]
) -> None:
    add_staff(runtime, "li", Grant("viewer", "*"))
    assert client.get("/sign-in").status_code == 302
    assert client.post("/sign-in", data={"username": "li", "password": "a long enough sentence"}).status_code in (
        302,
        403,
    )
    assert client.get("/things/").status_code == 302
    both, _ = make_app(LOCAL_ACCOUNTS="on")
    page = both.test_client().get("/sign-in")
    assert "/sign-in/start" in page.text
    assert 'name="password"' in page.text


def test_the_provider_ends_a_session_here(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime, clock: SettableClock
) -> None:
    let_in(client, provider, runtime)
    assert client.get("/things/").status_code == 200
    program = client.application.test_client()
    other = program.post(
        "/sign-in/back-channel-logout", data={"logout_token": provider.logout_token("demo", sid="another")}
    )
    assert other.status_code == 200
    assert client.get("/things/").status_code == 200
    told = program.post(
        "/sign-in/back-channel-logout", data={"logout_token": provider.logout_token("demo", sid="session-1")}
    )
    assert (told.status_code, told.headers["Cache-Control"]) == (200, "no-store")
    assert client.get("/things/").status_code == 302


@pytest.mark.parametrize(
    "more",
    [
        {"sid": "session-1", "aud": "another-client"},
        {"sid": "session-1", "iss": "http://127.0.0.1:1"},
        {"sid": "session-1", "exp": 1},
        {"sid": "session-1", "events": {}},
        {"sid": "session-1", "nonce": "an ID token has one, a logout token has none"},
        {},
    ],
)
def test_a_logout_token_that_does_not_hold_ends_nothing(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime, more: dict[str, Any]
) -> None:
    let_in(client, provider, runtime)
    token = provider.logout_token("demo", **more)
    refused = client.post("/sign-in/back-channel-logout", data={"logout_token": token})
    assert refused.status_code == 400
    assert client.post("/sign-in/back-channel-logout", data={"logout_token": "no token"}).status_code == 400
    assert client.get("/things/").status_code == 200


def test_signing_out_here_leads_to_the_provider(
    client: FlaskClient, provider: ForeignProvider, runtime: Runtime
) -> None:
    let_in(client, provider, runtime)
    page = client.get("/things/")
    assert f"form-action 'self' {provider.issuer}" in page.headers["Content-Security-Policy"]
    answer = client.post("/sign-out", data=form_fields(client, "/things/"))
    assert answer.location.startswith(f"{provider.issuer}/leave?")
    assert "id_token_hint=" in answer.location
    assert client.get("/things/").status_code == 302
    assert client.get("/signed-out").status_code == 200

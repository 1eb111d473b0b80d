"""Membership as an OpenID provider, asked by a client of another make, and by clients that do it wrong."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask
from flask.testing import FlaskClient
from simple_openid_connect.client import OpenidClient
from simple_openid_connect.data import TokenSuccessResponse
from sqlalchemy import select

from membership.app import create_app
from membership.provider.announcing import announce_staff
from membership.provider.clients import add_client, revoke_client
from membership.provider.keys import change_keys, public_keys
from membership.provider.models import AuthorizationCode, ClientSession
from membership.provider.timers import forget_what_expired, tell_clients
from membership.service import SERVICE
from shared.clock import utc_now
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.staff.accounts import find_account, set_active
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.ports import free_port
from shared.testing.web import add_staff, form_fields, sign_in

REDIRECT = "http://127.0.0.1:9/callback"
AFTER = "http://127.0.0.1:9/bye"


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    port = free_port()
    made = make_runtime(SERVICE, PORT=str(port), PUBLIC_URL=f"http://127.0.0.1:{port}")
    made.clock = utc_now  # tokens are read by another program, which has a clock of its own
    return made


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def client(app: Flask, runtime: Runtime) -> FlaskClient:
    add_staff(runtime, "li", Grant("officer", "*"))
    return app.test_client()


@pytest.fixture
def address(app: Flask, runtime: Runtime) -> Iterator[str]:
    """The provider over HTTP, as other programs reach it."""
    server = make_server("127.0.0.1", runtime.settings.port, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield runtime.settings.public_url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def secret(runtime: Runtime) -> str:
    with runtime.unit_of_work() as work:
        return add_client(
            work,
            client_id="library",
            name="The library",
            redirect_uris=[REDIRECT],
            after_sign_out=[AFTER],
        )


class Asked:
    """One authorization request with everything that belongs to it; ``change`` leaves out or replaces."""

    def __init__(self, **change: str | None) -> None:
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": "library",
            "redirect_uri": REDIRECT,
            "scope": "openid profile",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **change,
        }
        self.path = "/oidc/authorize?" + urlencode({name: value for name, value in query.items() if value is not None})


def answered(location: str) -> dict[str, str]:
    """What the browser is sent back with."""
    assert location.startswith(REDIRECT), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def exchange(client: FlaskClient, secret: str, code_: str, verifier: str, /, **change: str) -> Any:
    basic = base64.b64encode(f"library:{secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code_, "redirect_uri": REDIRECT, "code_verifier": verifier}
    browserless = client.application.test_client()
    return browserless.post("/oidc/token", data={**form, **change}, headers={"Authorization": f"Basic {basic}"})


def signed_in_code(client: FlaskClient) -> tuple[str, str]:
    """Sign in and get a code; with it the verifier."""
    sign_in(client, "li")
    asked = Asked()
    return answered(client.get(asked.path).location)["code"], asked.verifier


def test_a_client_of_another_make_signs_somebody_in(
    client: FlaskClient, runtime: Runtime, secret: str, address: str
) -> None:
    theirs = OpenidClient.from_issuer_url(address, REDIRECT, "library", secret, scope="openid profile")
    asked = Asked()
    begun = theirs.authorization_code_flow.start_authentication(
        state="state-1", nonce="nonce-1", code_challenge=asked.challenge, code_challenge_method="S256"
    )
    to_sign_in = client.get(begun.removeprefix(address))
    assert to_sign_in.location.startswith("/sign-in?next=")
    page = client.get(to_sign_in.location)
    assert "form-action 'self' http://127.0.0.1:9;" in page.headers["Content-Security-Policy"] + ";"
    fields = {**form_fields(client, to_sign_in.location), "username": "li", "password": "a long enough sentence"}
    onward = client.post(to_sign_in.location, data=fields)
    back = client.get(onward.location).location
    assert answered(back)["iss"] == address
    answer = theirs.authorization_code_flow.handle_authentication_result(
        back, state="state-1", code_verifier=asked.verifier
    )
    assert isinstance(answer, TokenSuccessResponse), answer
    token = theirs.decode_id_token(answer.id_token, nonce="nonce-1")
    with runtime.reading() as session:
        known = find_account(session, "li")
    assert known is not None
    assert (token.sub, token.iss, token.aud) == (str(known.id), address, ["library"])
    info = theirs.fetch_userinfo(answer.access_token)
    assert info.sub == token.sub
    assert info.name == "Li"


def test_who_is_signed_in_goes_straight_on(client: FlaskClient, secret: str) -> None:
    sign_in(client, "li")
    assert "code" in answered(client.get(Asked().path).location)


def test_prompt_none_never_shows_a_page_and_prompt_login_always_does(client: FlaskClient, secret: str) -> None:
    assert answered(client.get(Asked(prompt="none").path).location)["error"] == "login_required"
    sign_in(client, "li")
    assert "code" in answered(client.get(Asked(prompt="none").path).location)
    again = client.get(Asked(prompt="login").path)
    assert again.location.startswith("/sign-in?next=")
    assert "prompt" not in again.location
    assert client.get("/people/").status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://127.0.0.1:9/callback/"},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "nobody"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    client: FlaskClient, secret: str, change: dict[str, str]
) -> None:
    sign_in(client, "li")
    page = client.get(Asked(**change).path)
    assert page.status_code == 400
    assert "evil.example" not in page.headers.get("Location", "")
    assert "<h1>" in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"nonce": None},
        {"response_type": "token"},
    ],
)
def test_what_is_missing_is_said_to_the_client(client: FlaskClient, secret: str, change: dict[str, str | None]) -> None:
    sign_in(client, "li")
    said = answered(client.get(Asked(**change).path).location)
    assert said["error"] in ("invalid_request", "unsupported_response_type")
    assert said["state"] == "state-1"


def test_a_code_counts_once_and_a_second_try_takes_the_token_away(client: FlaskClient, secret: str) -> None:
    code, verifier = signed_in_code(client)
    first = exchange(client, secret, code, verifier)
    assert first.status_code == 200
    bearer = {"Authorization": f"Bearer {first.json['access_token']}"}
    assert client.get("/oidc/userinfo", headers=bearer).json["preferred_username"] == "li"
    second = exchange(client, secret, code, verifier)
    assert (second.status_code, second.json["error"]) == (400, "invalid_grant")
    assert client.get("/oidc/userinfo", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "change", [{"code_verifier": "x" * 43}, {"code_verifier": ""}, {"redirect_uri": AFTER}, {"code": "x"}]
)
def test_a_code_without_what_belongs_to_it_is_refused(client: FlaskClient, secret: str, change: dict[str, str]) -> None:
    code, verifier = signed_in_code(client)
    answer = exchange(client, secret, code, verifier, **change)
    assert answer.status_code == 400
    assert "id_token" not in answer.json


def test_a_code_of_another_client_or_with_a_wrong_secret_is_refused(
    client: FlaskClient, runtime: Runtime, secret: str
) -> None:
    with runtime.unit_of_work() as work:
        add_client(work, client_id="another", name="Another", redirect_uris=[REDIRECT])
    code, verifier = signed_in_code(client)
    assert exchange(client, "wrong", code, verifier).status_code == 401
    assert exchange(client, secret, code, verifier).status_code == 200


def test_an_old_code_and_the_code_of_an_ended_session_are_refused(
    client: FlaskClient, runtime: Runtime, secret: str, clock: SettableClock
) -> None:
    code, verifier = signed_in_code(client)
    moment = utc_now() + timedelta(seconds=61)
    runtime.clock = lambda: moment
    assert exchange(client, secret, code, verifier).status_code == 400
    runtime.clock = utc_now
    code = answered(client.get((asked := Asked()).path).location)["code"]
    client.post("/sign-out", data=form_fields(client, "/people/"))
    assert exchange(client, secret, code, asked.verifier).status_code == 400


def test_a_revoked_client_is_refused(client: FlaskClient, runtime: Runtime, secret: str) -> None:
    code, verifier = signed_in_code(client)
    with runtime.unit_of_work() as work:
        revoke_client(work, "library")
    assert exchange(client, secret, code, verifier).status_code == 401
    assert client.get(Asked().path).status_code == 400


def test_only_sound_addresses_can_be_registered(runtime: Runtime) -> None:
    for address in ("http://elsewhere.example/", "https://x.example/#top", "javascript:alert(1)", "/callback"):
        with pytest.raises(Refused), runtime.unit_of_work() as work:
            add_client(work, client_id="one", name="One", redirect_uris=[address])


def test_keys_change_and_old_tokens_stay_good_for_a_day(runtime: Runtime, client: FlaskClient) -> None:
    [first] = public_keys(runtime)["keys"]
    assert set(first) >= {"kid", "n", "e", "alg", "use"}
    assert not set(first) & {"d", "p", "q"}
    change_keys(runtime, at_once=True)
    assert len(public_keys(runtime)["keys"]) == 2
    later = utc_now() + timedelta(days=1, minutes=1)
    runtime.clock = lambda: later
    forget_what_expired(runtime)
    [second] = public_keys(runtime)["keys"]
    assert second["kid"] != first["kid"]
    assert client.get("/oidc/keys").json["keys"][0]["kid"] == second["kid"]


def test_signing_out_by_a_client_ends_the_session_and_comes_back(client: FlaskClient, secret: str) -> None:
    code, verifier = signed_in_code(client)
    token = exchange(client, secret, code, verifier).json["id_token"]
    query = urlencode({"id_token_hint": token, "post_logout_redirect_uri": AFTER, "client_id": "library", "state": "s"})
    answer = client.get(f"/oidc/end-session?{query}")
    assert (answer.status_code, answer.location) == (302, f"{AFTER}?state=s")
    assert client.get("/people/").status_code == 302


def test_nobody_is_signed_out_by_a_link_alone_or_sent_elsewhere(client: FlaskClient, secret: str) -> None:
    sign_in(client, "li")
    asked = client.get(f"/oidc/end-session?client_id=library&post_logout_redirect_uri={AFTER}")
    assert asked.status_code == 200
    assert client.get("/people/").status_code == 200
    fields = form_fields(client, f"/oidc/end-session?client_id=library&post_logout_redirect_uri={AFTER}")
    answer = client.post("/oidc/end-session", data=fields)
    assert answer.location == "/signed-out"
    assert client.get("/people/").status_code == 302
    forged = client.get(f"/oidc/end-session?id_token_hint=x.y.z&post_logout_redirect_uri={AFTER}")
    assert forged.status_code == 400


def test_clients_are_told_of_an_ended_session_until_they_have_heard(
    client: FlaskClient, runtime: Runtime, secret: str
) -> None:
    with runtime.unit_of_work() as work:
        deaf = f"http://127.0.0.1:{free_port()}/out"
        other = add_client(work, client_id="club", name="Club", redirect_uris=[REDIRECT], back_channel=deaf)
    sign_in(client, "li")
    asked = Asked(client_id="club")
    code = answered(client.get(asked.path).location)["code"]
    basic = base64.b64encode(f"club:{other}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": asked.verifier}
    assert client.post("/oidc/token", data=form, headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert tell_clients(runtime) == 0
    with runtime.unit_of_work() as work:
        account = find_account(work.session, "li")
        assert account is not None
        set_active(work, account.id, False)
    assert tell_clients(runtime) == 0
    with runtime.reading() as session:
        [waiting] = session.scalars(select(ClientSession))
    assert waiting.attempts == 1
    later = utc_now() + timedelta(hours=14)
    runtime.clock = lambda: later
    tell_clients(runtime)
    with runtime.reading() as session:
        assert session.scalars(select(ClientSession)).all() == []


def test_staff_are_announced_once_for_each_change(runtime: Runtime, client: FlaskClient) -> None:
    assert announce_staff(runtime) == 1
    assert announce_staff(runtime) == 0
    with runtime.unit_of_work() as work:
        account = find_account(work.session, "li")
        assert account is not None
        set_active(work, account.id, False)
    assert announce_staff(runtime) == 1
    said = [event.data for event in recorded(runtime, "staff.changed")]
    assert [one["active"] for one in said] == [True, False]
    assert said[0]["issuer"] == runtime.settings.public_url
    assert said[0]["account_id"] == str(account.id)


def test_neither_code_nor_secret_can_be_read_from_the_database(
    client: FlaskClient, runtime: Runtime, secret: str
) -> None:
    code, _ = signed_in_code(client)
    with runtime.reading() as session:
        [row] = session.scalars(select(AuthorizationCode))
    assert code.encode() not in row.code_hash

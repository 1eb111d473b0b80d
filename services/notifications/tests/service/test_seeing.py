"""What staff of other bodies, viewers and officers see of a message that concerns welfare: at every door."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from notifications.app import create_app
from notifications.testing.conditions import messages, notices
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, bearer, sign_in

NUMBER, MAIL, NAME = "+8610000000123", "someone@sample.invalid", "张某某"
SHOWN = ("100••••0123", "s•••@sample.invalid")


@pytest.fixture
def app(runtime: Runtime, others: Others) -> Flask:
    """With one message by each channel, and somebody whom nobody can reach, all of the union's welfare."""
    for contact in ({"phone": NUMBER, "email": MAIL}, {"phone": None, "email": None}):
        person = others.contact(name=NAME, **contact)
        data = {"relief_id": str(uuid4()), "person_id": str(person), "body": "union"}
        others.tell("welfare", "relief.paid", data)
    return create_app(runtime)


@pytest.fixture
def browser(app: Flask, runtime: Runtime) -> Callable[[Grant], FlaskClient]:
    def signed_in(grant: Grant) -> FlaskClient:
        client = app.test_client()
        add_staff(runtime, f"{grant.role}-{grant.body}", grant, language="en")
        sign_in(client, f"{grant.role}-{grant.body}")
        return client

    return signed_in


LISTS = ("/", "/messages", f"/messages?q={NAME[:1]}", "/messages?export=csv", "/held-back", "/suppressions/")


@pytest.mark.parametrize("stranger", [Grant("manager", "women"), Grant("admin", "party")], ids=str)
def test_staff_of_other_bodies_find_nothing_of_welfares_anywhere(
    browser: Callable[[Grant], FlaskClient], app: Flask, runtime: Runtime, stranger: Grant
) -> None:
    client, headers = browser(stranger), bearer(runtime, stranger)
    for path in LISTS:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert NAME not in answer.text, path
    held = next(notice for notice in notices(runtime) if notice.state == "suppressed")
    for path in (*(f"/messages/{message.id}" for message in messages(runtime)), f"/held-back/{held.id}"):
        assert client.get(path).status_code == 404, path
    program = app.test_client()
    for message in messages(runtime):
        assert program.get(f"/api/v1/messages/{message.id}", headers=headers).status_code == 404
        assert program.post(f"/api/v1/messages/{message.id}/cancel", headers=headers).status_code == 404
        listed = program.get(f"/api/v1/messages?person={message.person_id}", headers=headers).json
        assert listed["items"] == []
    law = program.get("/api/v1/messages/conservation", headers=headers).json
    assert (law["accepted"], sum(law["states"].values())) == (0, 0)


def test_viewers_of_the_body_see_addresses_masked_and_officers_see_them(
    browser: Callable[[Grant], FlaskClient], app: Flask, runtime: Runtime
) -> None:
    paths = ("/messages", "/messages?export=csv", *(f"/messages/{message.id}" for message in messages(runtime)))
    viewer, officer = browser(Grant("viewer", "union")), browser(Grant("officer", "union"))
    for path in paths:
        text = viewer.get(path).text
        assert NUMBER not in text, path
        assert MAIL not in text, path
        assert any(shown in text for shown in SHOWN), path
        assert any(address in officer.get(path).text for address in (MAIL, NUMBER, "100 0000 0123")), path
    headers = bearer(runtime, Grant("admin", "*"))
    for path in ("", *(f"/{message.id}" for message in messages(runtime))):
        answer = app.test_client().get(f"/api/v1/messages{path}", headers=headers)
        assert answer.status_code == 200
        assert NUMBER not in answer.text
        assert MAIL not in answer.text

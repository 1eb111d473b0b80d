"""What recipients switched off by their signed link, and what follows from it."""

import re
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from notifications.app import create_app
from notifications.messages.queries import conservation
from notifications.preferences.commands import choose, unsubscribe
from notifications.preferences.links import PreferenceLinks
from notifications.preferences.models import OptOut
from notifications.preferences.queries import switched_off
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.web import form_fields

EVERYTHING = ["sms", "email", "waiting", "membership"]


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def _links(runtime: Runtime) -> PreferenceLinks:
    return PreferenceLinks("", runtime.settings.secret_key)


def _waitlisted(others: Others, person: UUID) -> None:
    others.registration("waitlisted", person, waiting_number=1)


def _choose(runtime: Runtime, person: UUID, *wanted: str) -> None:
    with runtime.unit_of_work() as work:
        choose(work, person, wanted)


def _off(runtime: Runtime, person: UUID) -> set[str]:
    with runtime.reading() as session:
        return switched_off(session, person)


def _mail(mailbox: Mailbox) -> Mail:
    [kept] = mailbox.messages(channel="email")
    raw = mailbox.get(f"/api/messages/{kept['id']}/raw")
    return message_from_bytes(raw.content, policy=default)


def test_a_mail_program_unsubscribes_with_one_post_and_no_cookie(
    app: Flask, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact(phone=None)
    _waitlisted(others, person)
    sender.run_once()
    mail = _mail(mailbox)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<https?://[^/]+(/preferences/[\w-]+/off/waiting)>", mail["List-Unsubscribe"])
    assert address is not None
    client = app.test_client()
    assert client.get(address[1]).status_code == 303  # looking switches nothing off
    assert _off(runtime, person) == set()
    for _ in range(2):
        answer = client.post(address[1], data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
    assert _off(runtime, person) == {"waiting"}
    _waitlisted(others, person)
    assert (states(runtime), notices(runtime)[-1].reason) == ({"sent": 1}, "opted-out")


def test_a_mandatory_mail_offers_the_page_and_no_unsubscribing(
    app: Flask, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact(phone=None)
    others.registration("confirmed", person)
    sender.run_once()
    mail = _mail(mailbox)
    assert mail["List-Unsubscribe"] is None
    token = _links(runtime).token(person)
    bodies = [part.get_content() for part in mail.walk() if part.get_content_subtype() in ("plain", "html")]
    assert len(bodies) == 2
    assert all(f"/preferences/{token}" in body for body in bodies)
    assert app.test_client().post(f"/preferences/{token}/off/affairs").status_code == 404
    values = {"person_id": person, "topic": "affairs", "since": runtime.clock(), "way": "page"}
    with pytest.raises(IntegrityError), runtime.database.writing() as session:
        session.execute(insert(OptOut).values(**values))


def test_the_page_switches_topics_off_and_on_again_and_shows_no_whole_address(
    app: Flask, runtime: Runtime, others: Others
) -> None:
    person = others.contact(phone="+8613800001234", email="someone@sample.invalid", name="李某某")
    path = f"/preferences/{_links(runtime).token(person)}"
    client = app.test_client()
    page = client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "138••••1234" in page
    assert "s•••@sample.invalid" in page
    assert not re.search("13800001234|someone@|李某某", page)
    for chosen in (["email", "membership"], ["sms", "email", "waiting", "membership"]):
        fields = {name: value for name, value in form_fields(client, path).items() if name not in EVERYTHING}
        assert client.post(path, data={**fields, **dict.fromkeys(chosen, "y")}).status_code == 303
        assert _off(runtime, person) == set(EVERYTHING) - set(chosen)
    fields = {name: value for name, value in form_fields(client, path).items() if name not in EVERYTHING}
    refused = client.post(path, data={**fields, "waiting": "y"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert "Leave at least one way" in refused.get_data(as_text=True)
    assert _off(runtime, person) == set()


def test_a_link_that_was_not_made_here_leads_nowhere(app: Flask, runtime: Runtime) -> None:
    token = _links(runtime).token(uuid4())
    other = PreferenceLinks("", "another key").token(uuid4())
    client = app.test_client()
    for wrong in (other, token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), token[:-4], token + "AAAA", "é", "x"):
        assert client.get(f"/preferences/{wrong}").status_code == 404
        assert client.post(f"/preferences/{wrong}/off/waiting").status_code == 404
    assert client.get(f"/preferences/{token}").status_code == 200


def test_what_was_switched_off_while_a_message_waited_is_not_sent_and_the_timeline_says_why(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    person = others.contact()
    _waitlisted(others, person)
    assert states(runtime) == {"pending": 2}
    with runtime.unit_of_work() as work:
        unsubscribe(work, person, "waiting")
    sender.run_once()
    assert [(message.state, message.reason) for message in messages(runtime)] == [("suppressed", "opted-out")] * 2
    assert [step["reason"] for step in steps(runtime, "suppressed")] == ["opted-out"] * 2
    assert {event.data["reason"] for event in recorded(runtime, "message.suppressed")} == {"opted-out"}
    with runtime.reading() as session:
        assert conservation(session).holds


def test_a_channel_that_was_switched_off_is_left_out_before_and_while_sending(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    early, late = others.contact(), others.contact()
    others.registration("confirmed", late)
    for person in (early, late):
        _choose(runtime, person, "email", "waiting", "membership")
    others.registration("confirmed", early)
    sender.run_once()
    assert [kept["channel"] for kept in mailbox.messages()] == ["email", "email"]
    assert [(m.channel, m.reason) for m in messages(runtime, late) if m.state == "suppressed"] == [
        ("sms", "channel-off")
    ]
    assert [m.channel for m in messages(runtime, early)] == ["email"]
    assert [step["channel"] for step in steps(runtime, "channel-off")] == ["sms"]


def test_what_is_mandatory_comes_by_a_channel_that_was_switched_off_when_no_other_reaches_the_person(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    before, after = others.contact(email=None), others.contact(email=None)
    others.registration("confirmed", before)
    for person in (before, after):
        _choose(runtime, person, "email", "waiting", "membership")
    others.registration("confirmed", after)
    _waitlisted(others, after)
    sender.run_once()
    assert states(runtime) == {"sent": 2}
    assert notices(runtime)[-1].reason == "channel-off"


def test_guardians_wishes_count_and_not_the_childs(runtime: Runtime, others: Others) -> None:
    guardian = others.contact()
    child = others.contact(guardians=[guardian])
    with runtime.unit_of_work() as work:
        unsubscribe(work, child, "waiting")
    _waitlisted(others, child)
    assert states(runtime) == {"pending": 2}
    with runtime.unit_of_work() as work:
        unsubscribe(work, guardian, "waiting")
    _waitlisted(others, child)
    assert states(runtime) == {"pending": 2}

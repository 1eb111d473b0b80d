"""What the story of an event says about the messages that were made from it."""

from uuid import uuid4

from sqlalchemy import update

from notifications.app import create_app
from notifications.messages.effects import effects_of
from notifications.messages.models import Message, Notice
from notifications.testing.others import Others
from shared.principal import SYSTEM, Grant, Principal
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in


def test_the_messages_of_an_event_and_whom_nothing_was_sent_to(runtime: Runtime, others: Others) -> None:
    told = others.registration("confirmed", others.contact())
    waiting = others.registration("confirmed", uuid4())
    with runtime.reading() as session:
        made, held, none = (effects_of(session, event_id, SYSTEM) for event_id in (told.id, waiting.id, uuid4()))
    assert {effect.facts["kind"] for effect in made} == {"SMS", "E-mail"}
    assert {effect.facts["state"] for effect in made} == {"Waiting"}
    assert [(effect.facts["state"], effect.url.rpartition("/")[0]) for effect in held] == [
        ("Waiting for the contact", "/held-back")
    ]
    assert none == []


def test_they_are_linked_from_the_page_of_the_event(runtime: Runtime, others: Others) -> None:
    event = others.registration("confirmed", others.contact())
    add_staff(runtime, "admin", Grant("admin", "*"))
    client = create_app(runtime).test_client()
    sign_in(client, "admin")
    page = client.get(f"/deliveries/events/{event.id}").text
    with runtime.reading() as session:
        [sms, email] = effects_of(session, event.id, SYSTEM)
    assert "SMS: Waiting" in page
    for effect in (sms, email):
        assert f'href="{effect.url}"' in page
        assert client.get(effect.url).status_code == 200


def test_messages_of_another_body_are_not_told(runtime: Runtime, others: Others) -> None:
    event = others.registration("confirmed", others.contact())
    with runtime.unit_of_work() as work:
        for model in (Message, Notice):
            work.session.execute(update(model).values(body="union"))
    own, other, everybody = (
        Principal(None, body, grants=(Grant("manager", body),)) for body in ("union", "women", "*")
    )
    with runtime.reading() as session:
        assert [len(effects_of(session, event.id, who)) for who in (own, other, everybody)] == [2, 0, 2]

"""Who may do what: every door of the service is tried with every role, and with records of one body."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from notifications.app import create_app
from notifications.broadcasts.commands import write_broadcast
from notifications.messages.models import Message, Notice
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors


@pytest.fixture
def records(runtime: Runtime, others: Others) -> None:
    """A broadcast and a message of the union, and somebody of the union to whom nothing is sent."""
    others.registration("confirmed", others.contact())
    others.registration("confirmed", uuid4())
    told = str(others.contact())
    with runtime.unit_of_work() as work:
        for model in (Message, Notice):
            work.session.execute(update(model).values(body="union"))
        write_broadcast(
            work,
            body="union",
            title="停水通知",
            audience={"kind": "people", "person_ids": [told]},
            channels=["sms"],
            category="announcements",
            texts={"zh-Hans": {"sms": "明天停水。"}, "en": {"sms": "No water tomorrow."}},
        )


@pytest.mark.once
def test_every_door_lets_in_whom_it_should(runtime: Runtime) -> None:
    assert list(Doors(create_app(runtime), runtime).wrong(SOME)) == []


def test_every_door_asks_for_the_body_of_what_it_names(runtime: Runtime, records: None) -> None:
    doors = Doors(create_app(runtime), runtime)
    assert list(doors.wrong_for_bodies()) == []
    assert list(doors.wrong_for_events()) == []


@pytest.mark.long
def test_every_door_knows_every_role_in_every_body(runtime: Runtime, records: None) -> None:
    doors = Doors(create_app(runtime), runtime)
    assert list(doors.wrong(EVERYBODY)) == []
    assert list(doors.wrong_for_bodies(every_role=True)) == []

"""Who may do what: every door of the service is tried with every role, and with records of one body."""

from typing import Any

import pytest

from activities.app import create_app
from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors


@pytest.fixture
def records(desk: Any) -> None:
    """An activity of the union and the women's federation, with somebody who takes part."""
    activity = desk.published()
    desk.register(activity.id, *desk.people(1))


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

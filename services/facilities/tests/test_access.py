"""Who may do what: every door of the service is tried with every role, and with records of one body."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from facilities.app import create_app
from facilities.resources.models import Resource
from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors


@pytest.fixture
def records(booked: Any, shift: Any, room: Resource, at: Callable[..., datetime]) -> None:
    """A booking and a shift of the Party office."""
    booked(room, at(10, day=1), at(11, day=1))
    shift(at(10, day=1), at(11, day=1))


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

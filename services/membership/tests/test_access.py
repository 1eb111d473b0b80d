"""Who may do what: every door of the service is tried with every role, and with records of one body."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from membership.add_requests.commands import request_person
from membership.app import create_app
from membership.organisations.models import Organisation
from membership.settings import Centre
from shared.principal import Principal
from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors


@pytest.fixture
def records(
    runtime: Runtime,
    register: Any,
    branch: Organisation,
    join: Any,
    clerk: Callable[..., Principal],
    centre: Centre,
) -> None:
    """A member of a branch of the Party, for whom the union asked."""
    person = register("王小明")
    join(person, branch)
    with runtime.unit_of_work(actor=clerk("officer", "union")) as work:
        until = centre.today(work.now) + timedelta(days=30)
        asked = {"body": "union", "owner": "party", "reason": "summer coolness"}
        request_person(work, person.id, **asked, until=until, centre=centre)


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

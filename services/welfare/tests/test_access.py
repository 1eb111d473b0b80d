"""Who may do what: every door of the service is tried with every role, and with records of one body."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors
from welfare.app import create_app
from welfare.disputes.commands import open_dispute
from welfare.relief.payments import pay_out
from welfare.talks.commands import record_talk


@pytest.fixture
def records(centre: Any, when: Callable[..., datetime]) -> None:
    """A case of each kind, of the union."""
    fund = centre.fund(body="union", code="union-relief")
    centre.campaign()
    application = centre.application(fund, approved=True)
    with centre.work(centre.payer) as work:
        pay_out(work, application.id, today=centre.today)
    with centre.work() as work:
        record_talk(
            work,
            centre.keys,
            body="union",
            person_id=centre.person(3),
            starts_at=when(0, day=20),
            ends_at=when(1, day=20),
            outcome="advised",
        )
    with centre.work() as work:
        people = [centre.person(3), centre.person(4)]
        open_dispute(work, centre.keys, body="union", person_ids=people, kind="wages", today=centre.today)


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

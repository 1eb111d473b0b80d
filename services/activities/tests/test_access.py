"""Who may do what: every door of the service is tried with every role."""

import pytest

from activities.app import create_app
from shared.runtime import Runtime
from shared.testing.access import EVERYBODY, SOME, Doors


def test_every_door_lets_in_whom_it_should(runtime: Runtime) -> None:
    assert list(Doors(create_app(runtime), runtime).wrong(SOME)) == []


@pytest.mark.long
def test_every_door_knows_every_role_in_every_body(runtime: Runtime) -> None:
    assert list(Doors(create_app(runtime), runtime).wrong(EVERYBODY)) == []

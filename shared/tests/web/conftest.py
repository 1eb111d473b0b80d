"""The demo service as an application with a database of its own, and people who may use it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shared.principal import Grant
from shared.runtime import Runtime
from shared.service import Service
from shared.staff.accounts import add_account
from shared.staff.tokens import add_token

sys.path.insert(0, str(Path(__file__).parent))

from demo.app import make
from demo.things import DEMO, Base

PASSWORD = "a long enough sentence"


@pytest.fixture
def runtime(make_runtime: Callable[[Service], Runtime]) -> Runtime:
    runtime = make_runtime(DEMO)
    Base.metadata.create_all(runtime.database.engine)
    return runtime


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return make(runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def token(runtime: Runtime) -> str:
    """A token of an officer of the Party office."""
    with runtime.unit_of_work() as work:
        return add_token(work, name="kiosk", grants=[Grant("officer", "party")])


@pytest.fixture
def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def add_staff(runtime: Runtime) -> Callable[..., None]:
    def add(username: str, *grants: Grant, language: str = "en") -> None:
        with runtime.unit_of_work() as work:
            add_account(
                work, username=username, name=username.title(), password=PASSWORD, grants=grants, language=language
            )

    return add

"""The demo service as an application with a database of its own, for the tests of web and staff."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.principal import Grant
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.web import add_staff, sign_in
from shared.testing.web import bearer as bearer_header

from .app import make
from .things import DEMO, Base


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
def bearer(runtime: Runtime) -> dict[str, str]:
    """The header of a program that is an officer of the Party office."""
    return bearer_header(runtime, Grant("officer", "party"))


@pytest.fixture
def admin(app: Flask, runtime: Runtime) -> FlaskClient:
    """A browser in which the administrator Wang is signed in, in English."""
    add_staff(runtime, "wang", Grant("admin", "*"))
    client = app.test_client()
    sign_in(client, "wang")
    return client

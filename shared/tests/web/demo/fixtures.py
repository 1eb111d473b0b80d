"""The demo service as an application with a database of its own, for the tests of web and staff."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in
from shared.testing.web import bearer as bearer_header

from .app import make
from .things import DEMO


@pytest.fixture
def runtime(make_example: Callable[..., Runtime]) -> Runtime:
    return make_example(DEMO)


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

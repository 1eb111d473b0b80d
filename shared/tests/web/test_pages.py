import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from shared.principal import Grant

from .conftest import PASSWORD


def csrf(client: FlaskClient, url: str) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    page = client.get(url).text
    found = re.findall(r'name="(csrf_token|submission|version)" (?:type="hidden" )?value="([^"]*)"', page)
    return dict(found)


@pytest.fixture
def officer(client: FlaskClient, add_staff: Callable[..., None]) -> FlaskClient:
    add_staff("wang", Grant("admin", "*"))
    answer = client.post("/sign-in", data={**csrf(client, "/sign-in"), "username": "wang", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


@pytest.mark.parametrize(
    "url",
    ["/things/", "/things/new", "/staff/", "/staff/new", "/staff/tokens/new", "/deliveries/", "/api/docs", "/api/openapi.json"],
)
def test_each_page_answers(officer: FlaskClient, url: str) -> None:
    answer = officer.get(url)
    assert answer.status_code == 200, answer.text


def test_the_form_adds_a_thing_once(officer: FlaskClient) -> None:
    fields = {**csrf(officer, "/things/new"), "name": "Chess", "body": "union"}
    first = officer.post("/things/new", data=fields)
    assert first.status_code == 303, first.text
    assert officer.get(first.location).status_code == 200
    officer.post("/things/new", data=fields)
    assert officer.get("/things/").text.count(">Chess<") == 1

"""Using a service's pages and API in tests the way a browser and a program do."""

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient

from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.accounts import add_account
from shared.staff.tokens import add_token

PASSWORD = "a long enough sentence"


class _Fields(HTMLParser):
    """The values of the fields of the last form that posts."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select: str | None = None
        self._posts = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "form":
            self._posts = given.get("method") == "post"
            self.fields = {} if self._posts else self.fields
        elif not self._posts:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value") or ""
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "form":
            self._posts = False


def form_fields(client: FlaskClient, url: str) -> dict[str, str]:
    """What a browser would send back from the last form of a page, tokens included."""
    parser = _Fields()
    parser.feed(client.get(url).text)
    return parser.fields


def without_ids(page: str) -> str:
    """The page without ids, tokens and fingerprints of files, in which any few digits may stand."""
    return re.sub(r'[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\?v=[0-9a-f]+|value="[\w.=-]{20,}"', "", page)


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD) -> None:
    """Sign the client in by the sign-in page. AssertionError when it is refused."""
    answer = client.post(
        "/sign-in", data={**form_fields(client, "/sign-in"), "username": username, "password": password}
    )
    assert answer.status_code == 303, answer.text


def add_staff(runtime: Runtime, username: str, *grants: Grant, language: str = "en") -> None:
    """An account with the password ``PASSWORD``."""
    with runtime.unit_of_work() as work:
        add_account(work, username=username, name=username.title(), password=PASSWORD, grants=grants, language=language)


def bearer(runtime: Runtime, *grants: Grant, name: str = "program") -> dict[str, str]:
    """The header of a program with a token of these grants."""
    with runtime.unit_of_work() as work:
        return {"Authorization": f"Bearer {add_token(work, name=name, grants=grants)}"}

"""Two people edit one thing: both versions are shown, nothing typed is lost, and the person chooses field by field."""

import re
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from wtforms import Form, HiddenField

from shared.refusal import Stale
from shared.runtime import Runtime
from shared.testing.web import form_fields
from shared.web import fill_errors


@pytest.fixture
def chess(runtime: Runtime) -> UUID:
    from demo.things import add_thing

    with runtime.unit_of_work() as work:
        found: UUID = add_thing(work, name="Chess", body="union").id
        return found


def change(runtime: Runtime, thing_id: UUID, name: str, body: str) -> None:
    """Somebody else saves."""
    from demo.things import change_thing, get_thing

    with runtime.unit_of_work() as work:
        change_thing(work, thing_id, name=name, body=body, version=get_thing(work.session, thing_id).version)


def saved(runtime: Runtime, thing_id: UUID) -> tuple[str, str]:
    from demo.things import get_thing

    with runtime.reading() as session:
        thing = get_thing(session, thing_id)
        return thing.name, thing.body


def hidden(page: str) -> dict[str, str]:
    """What the form of the page sends besides the choices."""
    inputs = re.findall(r"<input[^>]*>", page.partition('class="versions"')[2])
    named = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one), one) for one in inputs]
    return {
        name[1]: unescape(value[1])
        for name, value, one in named
        if name and value and ("radio" not in one or "checked" in one)
    }


@pytest.mark.parametrize(
    ("theirs", "mine", "preselected", "result"),
    [
        (("Chess set", "union"), ("Chess", "party"), {"name": "theirs", "body": "mine"}, ("Chess set", "party")),
        (("Chess", "party"), ("Chess", "party"), {}, ("Chess", "party")),
        (("Chess", "league"), ("Go", "union"), {"name": "mine", "body": "theirs"}, ("Go", "league")),
    ],
)
def test_what_only_one_of_both_changed_is_taken_from_there(
    admin: FlaskClient,
    runtime: Runtime,
    chess: UUID,
    theirs: tuple[str, str],
    mine: tuple[str, str],
    preselected: dict[str, str],
    result: tuple[str, str],
) -> None:
    url = f"/things/{chess}/edit"
    fields = form_fields(admin, url)
    change(runtime, chess, *theirs)
    answer = admin.post(url, data={**fields, "name": mine[0], "body": mine[1]})
    assert answer.status_code == 409
    sent = hidden(answer.text)
    assert {name[5:]: value for name, value in sent.items() if name.startswith("take-")} == preselected
    assert admin.post(url, data=sent).status_code == 303
    assert saved(runtime, chess) == result


def test_a_field_that_both_changed_waits_for_a_choice(admin: FlaskClient, runtime: Runtime, chess: UUID) -> None:
    url = f"/things/{chess}/edit"
    fields = {**form_fields(admin, url), "name": "Go <b>", "body": "union"}
    change(runtime, chess, "Chess set", "union")
    page = admin.post(url, data=fields).text
    for said in ("Both changed it", "Chess set", "Go &lt;b&gt;", ">Chess<", "The system saved on"):
        assert said in page
    sent = hidden(page)
    again = admin.post(url, data=sent)
    assert again.status_code == 409
    assert "Both changed it" in again.text
    assert saved(runtime, chess) == ("Chess set", "union")
    assert admin.post(url, data={**hidden(again.text), "take-name": "mine"}).status_code == 303
    assert saved(runtime, chess) == ("Go <b>", "union")


def test_a_choice_that_is_overtaken_again_is_asked_for_again(admin: FlaskClient, runtime: Runtime, chess: UUID) -> None:
    url = f"/things/{chess}/edit"
    fields = {**form_fields(admin, url), "name": "Go"}
    change(runtime, chess, "Chess set", "union")
    sent = {**hidden(admin.post(url, data=fields).text), "take-name": "theirs"}
    change(runtime, chess, "Chess box", "party")
    answer = admin.post(url, data=sent)
    assert answer.status_code == 409
    assert "Chess box" in answer.text
    assert admin.post(url, data=hidden(answer.text)).status_code == 303
    assert saved(runtime, chess) == ("Chess box", "party")


def test_refused_input_keeps_what_was_chosen(admin: FlaskClient, runtime: Runtime, chess: UUID) -> None:
    url = f"/things/{chess}/edit"
    fields = {**form_fields(admin, url), "name": "", "body": "league"}
    answer = admin.post(url, data=fields)
    assert answer.status_code == 422
    change(runtime, chess, "Chess set", "union")
    resent = {**form_fields(admin, url), "seen": fields["seen"], "version": fields["version"], "name": "Go"}
    page = admin.post(url, data={**resent, "body": "league"})
    assert page.status_code == 409
    assert "What you typed" in page.text


def test_a_small_form_that_was_overtaken_says_so_and_may_be_sent_again(app: Flask) -> None:
    class Closing(Form):  # type: ignore[misc]
        version = HiddenField()

    with app.test_request_context(headers={"Accept-Language": "en"}):
        form = Closing(version="3")
        fill_errors(form, Stale(5))
        assert form.version.data == "5"
        assert "look at it, then send it again" in form.form_errors[0]

"""Pages of providers and of addresses that are left alone."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from notifications.app import create_app
from notifications.providers.models import ApprovedText, Provider
from notifications.suppressions.models import Suppression
from notifications.wording.queries import find_template
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, form_fields, sign_in


@pytest.fixture
def runtime(configured: Callable[..., Runtime]) -> Runtime:
    aliyun = {"name": "ali", "kind": "aliyun", "key_id": "KEY-ID", "secret": "SECRET", "price": "0.045"}
    return configured(SMS_PROVIDERS=json.dumps([aliyun]), SMS_BUDGET="100")


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    add_staff(runtime, "li", Grant("manager", "*"), language="en")
    return create_app(runtime)


def test_a_provider_is_shown_without_its_secrets_and_its_rate_is_set(app: Flask, runtime: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "li")
    for path in ("/", "/providers/", "/providers/ali", "/providers/smtp"):
        page = client.get(path).get_data(as_text=True)
        assert "SECRET" not in page
        assert "KEY-ID" not in page
        assert "In use" in page
    assert client.get("/providers/nobody").status_code == 404
    with runtime.unit_of_work() as work:
        until = work.now + timedelta(minutes=5)
        one = {"name": "ali", "channel": "sms", "circuit": "open", "code": "connection-refused", "next_try_at": until}
        work.session.add(Provider(**one, changed_at=work.now, filled_at=work.now))
    listed = client.get("/api/v1/providers")
    assert [(one["name"], one["circuit"]) for one in listed.json["items"]] == [("smtp", "closed"), ("ali", "open")]
    assert client.get("/api/v1/providers/ali").json == {
        "name": "ali",
        "channel": "sms",
        "kind": "aliyun",
        "circuit": "open",
        "last_failure": "connection-refused",
        "waiting_until": until.isoformat(),
    }
    assert ("SECRET" in listed.text, "KEY-ID" in listed.text) == (False, False)
    assert client.get("/api/v1/providers/nobody").status_code == 404
    path = "/providers/ali"
    refused = client.post(path, data={**form_fields(client, path), "rate": "0", "burst": "5"})
    assert (refused.status_code, "From 1 to 10,000" in refused.get_data(as_text=True)) == (422, True)
    assert client.post(path, data={**form_fields(client, path), "rate": "20", "burst": "5"}).status_code == 303
    with runtime.reading() as session:
        assert session.scalars(select(Provider.rate).where(Provider.name == "ali")).one() == 20


def test_an_approved_text_is_noted_in_the_providers_order(app: Flask, runtime: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "li")
    with runtime.reading() as session:
        template = find_template(session, "registration-confirmed", "sms", "zh-Hans")
        assert template is not None
        path = f"/providers/ali/texts/{template.id}"
    assert "not approved" in client.get("/providers/ali").get_data(as_text=True)
    data = {"code": "SMS_1", "parameters": "who = ((name))\nwhen = ((when))"}
    lacking = client.post(path, data={**form_fields(client, path), **data})
    assert (lacking.status_code, "((title))" in lacking.get_data(as_text=True)) == (422, True)
    data["parameters"] += "\nwhat = ((who))((title))((place??((place))))"
    assert client.post(path, data={**form_fields(client, path), **data}).status_code == 303
    with runtime.reading() as session:
        row = session.scalars(select(ApprovedText)).one()
    assert (row.code, row.parameters[:2]) == ("SMS_1", [["who", "((name))"], ["when", "((when))"]])
    assert "SMS_1" in client.get("/providers/ali").get_data(as_text=True)


def test_an_address_is_left_alone_and_written_to_again_by_hand(app: Flask, runtime: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "li")
    path = "/suppressions/new"
    assert client.post(path, data={**form_fields(client, path), "channel": "email"}).status_code == 422
    data = {"channel": "email", "address": "a@sample.invalid", "note": "asked us to"}
    assert client.post(path, data={**form_fields(client, path), **data}).status_code == 303
    assert "a@sample.invalid" in client.get("/suppressions/").get_data(as_text=True)
    with runtime.reading() as session:
        row = session.scalars(select(Suppression)).one()
    lift = f"/suppressions/{row.id}/lift"
    assert client.post(lift, data=form_fields(client, "/suppressions/")).status_code == 303
    assert "a@sample.invalid" not in client.get("/suppressions/").get_data(as_text=True)
    assert "a@sample.invalid" in client.get("/suppressions/?lifted=yes").get_data(as_text=True)

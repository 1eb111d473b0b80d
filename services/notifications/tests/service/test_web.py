"""Pages and API as staff, programs and gateways use them."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from notifications.app import create_app
from notifications.receipts.commands import signature
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, states, steps
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, bearer, form_fields, sign_in

KEY = "development-receipt-key"


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def _browser(app: Flask, runtime: Runtime, *grants: Grant, language: str = "en") -> FlaskClient:
    client = app.test_client()
    add_staff(runtime, "wang", *grants, language=language)
    sign_in(client, "wang")
    return client


def _receipt(app: Flask, items: Any, key: str = KEY, provider: str = "mailbox") -> Any:
    body = json.dumps(items).encode()
    headers = {"X-Yizhan-Signature": signature(key, body), "Content-Type": "application/json"}
    return app.test_client().post(f"/api/v1/receipts/{provider}", data=body, headers=headers)


def test_the_api_lists_messages_by_filter_and_shows_why(app: Flask, runtime: Runtime, others: Others) -> None:
    person = others.contact()
    event = others.registration("confirmed", person)
    others.registration("confirmed", others.contact())
    headers = bearer(runtime, Grant("viewer", "union"))
    client = app.test_client()
    listed = client.get(f"/api/v1/messages?person={person}&channel=sms", headers=headers).json
    assert [item["event_id"] for item in listed["items"]] == [str(event.id)]
    assert "address" not in listed["items"][0]
    detail = client.get(f"/api/v1/messages/{listed['items'][0]['id']}", headers=headers).json
    assert [step["kind"] for step in detail["timeline"]] == ["noticed", "queued"]
    law = client.get("/api/v1/messages/conservation", headers=headers).json
    assert (law["accepted"], law["holds"], law["states"]["pending"]) == (4, True, 4)


def test_welfares_messages_are_seen_by_their_body_alone(app: Flask, runtime: Runtime, others: Others) -> None:
    data = {"relief_id": str(uuid4()), "person_id": str(others.contact()), "body": "union"}
    others.tell("welfare", "relief.paid", data)
    seen = {}
    for body in ("union", "women", "*"):
        headers = bearer(runtime, Grant("viewer", body), name=f"program of {body}")
        seen[body] = len(app.test_client().get("/api/v1/messages", headers=headers).json["items"])
    assert seen == {"union": 2, "women": 0, "*": 2}


def test_a_failed_message_is_tried_again_by_staff_and_a_sent_one_is_not(
    app: Flask, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("smtp", "refuse", remaining=1)
    others.registration("confirmed", others.contact(phone=None))
    sender.run_once()
    [message] = messages(runtime)
    client = app.test_client()
    headers = bearer(runtime, Grant("officer", "party"))
    assert client.post(f"/api/v1/messages/{message.id}/retry", headers=headers).status_code == 200
    sender.run_once()
    assert states(runtime) == {"sent": 1}
    again = client.post(f"/api/v1/messages/{message.id}/retry", headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "not-failed")


def test_a_waiting_message_is_stopped(app: Flask, runtime: Runtime, others: Others, sender: Sender) -> None:
    others.registration("confirmed", others.contact(phone=None))
    [message] = messages(runtime)
    headers = bearer(runtime, Grant("officer", "party"))
    assert app.test_client().post(f"/api/v1/messages/{message.id}/cancel", headers=headers).status_code == 200
    assert sender.run_once() == 0
    assert states(runtime) == {"cancelled": 1}


def test_receipts_may_come_twice_early_and_in_the_wrong_order(
    app: Flask, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "no-receipt")
    others.registration("confirmed", others.contact(email=None))
    [message] = messages(runtime)
    early = {"id": str(message.message_id), "state": "delivered"}
    late = {"id": str(message.message_id), "state": "sending"}
    assert _receipt(app, [early, early, {"id": str(uuid4()), "state": "delivered"}]).json == {"new": 1}
    sender.run_once()
    assert _receipt(app, [late, early]).json == {"new": 0}
    [message] = messages(runtime)
    assert (message.state, message.delivery) == ("sent", "delivered")
    assert len(steps(runtime, "receipt")) == 1


def test_a_receipt_settles_an_unknown_message(
    app: Flask, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "lose-answer", remaining=1, seconds=0.05)
    mailbox.fault("sms", "no-receipt")
    others.registration("confirmed", others.contact(email=None))
    sender.run_once()
    [message] = messages(runtime)
    assert message.state == "unknown"
    _receipt(app, [{"id": str(message.message_id), "state": "undelivered"}])
    [message] = messages(runtime)
    assert (message.state, message.delivery) == ("sent", "undelivered")
    assert recorded(runtime, "message.failed")[0].data["reason"] == "undelivered"


def test_forged_malformed_and_unknown_receipts_are_refused(app: Flask) -> None:
    assert _receipt(app, [], key="guessed").status_code == 403
    assert _receipt(app, [{"id": "x"}]).status_code == 422
    assert _receipt(app, {"id": "x"}).status_code == 422
    assert _receipt(app, [], provider="elsewhere").status_code == 404


def test_pages_show_figures_messages_and_the_timeline_in_both_languages(
    app: Flask, runtime: Runtime, others: Others, sender: Sender
) -> None:
    person = others.contact(name="某某", phone="+8610000000123", email="someone@sample.invalid")
    others.registration("confirmed", person)
    sender.run_once()
    client = _browser(app, runtime, Grant("viewer", "party"), language="zh-Hans")
    assert "一条不漏" in client.get("/").text
    listed = client.get("/messages?state=sent&q=某").text
    assert "某某" in listed
    assert "100••••0123" in listed
    assert "s•••@sample.invalid" in listed
    shown = client.get(f"/messages/{messages(runtime)[0].id}").text
    assert "来龙去脉" in shown
    assert "已成功报名" in shown
    assert "+8610000000123" not in shown


def test_officers_see_addresses_in_full(app: Flask, runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact(email="someone@sample.invalid", phone=None))
    client = _browser(app, runtime, Grant("officer", "*"))
    assert "someone@sample.invalid" in client.get("/messages").text


def test_a_page_answers_why_somebody_got_nothing(app: Flask, runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact(name="某某"), hours=-1)
    client = _browser(app, runtime, Grant("viewer", "party"))
    listed = client.get("/held-back?state=suppressed&sort=recipient").text
    exported = client.get("/held-back?state=suppressed&sort=-made&export=csv").data.decode("utf-8-sig").splitlines()
    assert len(exported) == 2
    assert "What it is about has begun already." in listed
    from notifications.testing.conditions import notices

    assert "the rule “Registration confirmed” applies" in client.get(f"/held-back/{notices(runtime)[0].id}").text


def test_only_managers_of_all_bodies_change_templates_and_rules(app: Flask, runtime: Runtime) -> None:
    client = _browser(app, runtime, Grant("manager", "party"))
    assert client.get("/templates/registration-confirmed/sms/zh-Hans/edit").status_code == 403


def test_a_rule_that_is_switched_off_sends_nothing(app: Flask, runtime: Runtime, others: Others) -> None:
    client = app.test_client()
    headers = bearer(runtime, Grant("manager", "*"))
    rules = client.get("/api/v1/rules", headers=headers).json["items"]
    rule = next(item for item in rules if item["key"] == "registration-confirmed")
    names = ("channels", "lane", "passes_quiet_hours", "fresh_hours", "longest_hours")
    data = {name: rule[name] for name in names} | {"active": False}
    url = f"/api/v1/rules/{rule['id']}"
    assert client.put(url, json=data, headers={**headers, "If-Match": '"7"'}).status_code == 412
    assert client.put(url, json=data, headers={**headers, "If-Match": '"1"'}).status_code == 200
    others.registration("confirmed", others.contact())
    assert messages(runtime) == []


def test_the_rule_page_changes_channels(app: Flask, runtime: Runtime, others: Others, clock: SettableClock) -> None:
    client = _browser(app, runtime, Grant("manager", "*"))
    from notifications.rules.commands import all_rules

    with runtime.reading() as session:
        rule = next(rule for rule in all_rules(session) if rule.key == "talk-scheduled")
    url = f"/rules/{rule.id}/edit"
    fields = form_fields(client, url)
    del fields["sms"]
    assert client.post(url, data=fields).status_code == 303
    starts = (clock() + timedelta(days=1)).isoformat()
    others.tell(
        "welfare", "talk.scheduled", {"talk_id": str(uuid4()), "person_id": str(others.contact()), "starts_at": starts}
    )
    assert [message.channel for message in messages(runtime)] == ["email"]

"""Receipts of each vendor and mails that come back: doubled, early, forged, and what follows from them."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from notifications.app import create_app
from notifications.mailbox.smtp import delivery_report
from notifications.messages.commands import retry_message
from notifications.messages.models import Message
from notifications.receipts.models import EarlyReceipt
from notifications.sending.claims import claim
from notifications.sending.outcomes import Outcome
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.suppressions.commands import lift
from notifications.suppressions.models import Suppression
from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock

KEY = "development-receipt-key"
OFFICER = Principal(None, "O", grants=(Grant("officer", "*"),))


@pytest.fixture
def vendors(configured: Callable[..., Runtime], mailbox: Mailbox) -> Runtime:
    common = {"key_id": "k", "secret": "s", "app_id": "1"}
    gateways = [
        {"name": "mailbox", "kind": "generic", "url": f"{mailbox.url}/sms"},
        {"name": "ali", "kind": "aliyun", "receipt_secret": "key-of-ali", **common},
        {"name": "qq", "kind": "tencent", "receipt_networks": ["127.0.0.0/8"], **common},
        {"name": "open", "kind": "tencent", **common},
    ]
    return configured(SMS_PROVIDERS=json.dumps(gateways))


def _sent(runtime: Runtime, clock: SettableClock, **values: Any) -> Message:
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None))
    with runtime.database.writing() as session:
        session.execute(update(Message).values(state="sent", **values))
    return messages(runtime)[0]


def _post(app: Flask, path: str, items: Any, address: str = "127.0.0.1") -> tuple[int, Any]:
    answer = app.test_client().post(f"/api/v1/receipts/{path}", json=items, environ_base={"REMOTE_ADDR": address})
    return answer.status_code, answer.get_json()


def test_aliyuns_receipts_need_the_key_and_are_thanked_for_in_aliyuns_words(
    vendors: Runtime, clock: SettableClock
) -> None:
    message, app = _sent(vendors, clock, provider="ali", serial="5^0"), create_app(vendors)
    item = {"success": False, "err_code": "MOBILE_NOT_EXIST", "biz_id": "5^0", "out_id": str(message.message_id)}
    assert _post(app, "ali", [item])[0] == 403
    assert _post(app, "ali?key=wrong", [item])[0] == 403
    assert _post(app, "ali?key=key-of-ali", [item, item]) == (200, {"code": 0, "msg": "OK"})
    assert _post(app, "ali?key=key-of-ali", [{**item, "success": True}])[0] == 200
    assert messages(vendors)[0].delivery == "undelivered"
    [told] = recorded(vendors, "contact.unreachable")
    assert (told.data["channel"], told.data["reason"]) == ("sms", "unreachable")


def test_tencents_receipts_are_taken_from_its_networks_only(vendors: Runtime, clock: SettableClock) -> None:
    _sent(vendors, clock, provider="qq", serial="77")
    app, item = create_app(vendors), {"report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": "77"}
    assert _post(app, "qq", [item], "10.1.1.1")[0] == 403
    assert _post(app, "qq", [item]) == (200, {"result": 0, "errmsg": "OK"})
    assert messages(vendors)[0].delivery == "delivered"
    assert _post(app, "open", [item])[0] == 403  # neither key nor networks: nobody is believed
    assert _post(app, "nobody", [item])[0] == 404
    assert _post(app, "qq", [{"sid": "77"}])[0] == 422


def test_a_receipt_that_comes_before_our_own_record_is_kept_and_taken_later(
    vendors: Runtime, clock: SettableClock, mailbox: Mailbox
) -> None:
    app = create_app(vendors)
    item = {"report_status": "FAIL", "errmsg": "UNDELIV", "sid": "88"}
    assert _post(app, "qq", [item, item])[0] == 200
    others = Others(vendors, clock)
    others.registration("confirmed", others.contact(email=None))
    sender = Sender(vendors, SendingSettings.of(vendors.settings))
    [held] = claim(vendors, "sms", sender._settings.lease, 1)
    ready = sender._turn(None, held)
    assert ready is not None
    sender._turn((ready, Outcome("sent", "Ok", "qq", 1, serial="88")), None)
    sender.close()
    assert [(m.state, m.delivery, m.reason) for m in messages(vendors)] == [("sent", "undelivered", "undelivered")]
    with vendors.reading() as session:
        assert session.scalars(select(EarlyReceipt)).all() == []


def test_an_early_receipt_of_a_number_that_does_not_exist_leaves_it_alone_and_tells_membership(
    vendors: Runtime, clock: SettableClock
) -> None:
    """Tencent Cloud names an SMS by its own serial alone, so that all of its receipts may come early."""
    assert _post(create_app(vendors), "qq", [{"report_status": "FAIL", "errmsg": "MK:0001", "sid": "88"}])[0] == 200
    others = Others(vendors, clock)
    person = others.contact(email=None)
    others.registration("confirmed", person)
    sender = Sender(vendors, SendingSettings.of(vendors.settings))
    [held] = claim(vendors, "sms", sender._settings.lease, 1)
    ready = sender._turn(None, held)
    assert ready is not None
    sender._turn((ready, Outcome("sent", "Ok", "qq", 1, serial="88")), None)
    sender.close()
    [told] = recorded(vendors, "contact.unreachable")
    assert told.data == {"person_id": str(person), "channel": "sms", "reason": "unreachable"}
    with vendors.reading() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["unreachable"]


def _bounce(app: Flask, report: str, key: str = KEY) -> tuple[int, Any]:
    body = report.encode()
    signed = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    answer = app.test_client().post("/api/v1/bounces", data=body, headers={"X-Yizhan-Signature": signed})
    return answer.status_code, answer.get_json()


def test_a_mail_that_comes_back_stops_its_address_and_tells_membership(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    person = others.contact(phone=None, email="gone@sample.invalid")
    others.registration("confirmed", person)
    sender.run_once()
    [message] = messages(runtime)
    app = create_app(runtime)
    centre, quoted = "centre@sample.invalid", f"<{message.message_id}@sample.invalid>"
    report = delivery_report(centre, message.address, quoted)
    assert _bounce(app, report, "forged")[0] == 403
    invented = delivery_report(
        "centre@sample.invalid", "other@sample.invalid", f"<{message.message_id}@sample.invalid>"
    )
    assert _bounce(app, invented) == (200, {"outcome": "none"})
    assert _bounce(app, report) == (200, {"outcome": "permanent"})
    assert _bounce(app, report) == (200, {"outcome": "permanent"})
    [told] = recorded(runtime, "contact.unreachable")
    assert told.data == {"person_id": str(person), "reason": "bounced", "channel": "email"}
    assert len(recorded(runtime, "message.failed")) == 1
    others.registration("waitlisted", person, waiting_number=1)
    assert states(runtime) == {"sent": 1}  # the address is left alone: no message is made
    with runtime.unit_of_work(actor=OFFICER) as work:
        lift(work, work.session.scalars(select(Suppression)).one().id)
    others.registration("waitlisted", person, waiting_number=2)
    sender.run_once()
    assert states(runtime) == {"sent": 2}


def test_an_address_that_the_server_does_not_know_is_left_alone_until_staff_try_it_again(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("smtp", "refuse", remaining=1)
    person = others.contact(phone=None)
    others.registration("confirmed", person)
    others.registration("promoted", person)
    sender.run_once()
    assert states(runtime) == {"failed": 1, "suppressed": 1}
    failed = next(m for m in messages(runtime) if m.state == "failed")
    with runtime.unit_of_work(actor=OFFICER) as work:
        retry_message(work, failed.id)
    sender.run_once()
    assert states(runtime) == {"sent": 1, "suppressed": 1}

"""What people answer to an SMS, told by each kind of gateway: it ends what is optional by SMS, once."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from notifications.app import create_app
from notifications.preferences.commands import choose
from notifications.preferences.queries import switched_off
from notifications.replies.queries import replies_from
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, notices, states
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock

PHONE = "+8613800001234"
OPTIONAL = {"sms:optional"}


@pytest.fixture
def vendors(configured: Callable[..., Runtime], mailbox: Mailbox) -> Runtime:
    common = {"key_id": "k", "secret": "s", "app_id": "1", "receipt_secret": "key"}
    gateways = [
        {"name": "mailbox", "kind": "generic", "url": f"{mailbox.url}/sms"},
        {"name": "ali", "kind": "aliyun", **common},
        {"name": "qq", "kind": "tencent", **common},
    ]
    return configured(SMS_PROVIDERS=json.dumps(gateways))


def _off(runtime: Runtime, person: Any) -> set[str]:
    with runtime.reading() as session:
        return switched_off(session, person)


def _post(app: Flask, provider: str, items: Any) -> tuple[int, Any]:
    body = json.dumps(items).encode()
    signed = hmac.new(b"development-receipt-key", body, hashlib.sha256).hexdigest()
    answer = app.test_client().post(
        f"/api/v1/receipts/{provider}?key=key",
        data=body,
        headers={"Content-Type": "application/json", "X-Yizhan-Signature": signed},
    )
    return answer.status_code, answer.get_json()


ANSWERS = [
    ("mailbox", {"from": PHONE, "reply": " 退订。", "reply_id": "7"}, {"new": 1}),
    ("ali", {"phone_number": "13800001234", "content": "td", "send_time": "2026-07-10 10:00:00", "sequence_id": 5},
     {"code": 0, "msg": "OK"}),
    ("qq", {"nationcode": "86", "mobile": "13800001234", "text": "Ｔ", "time": 1783650000},
     {"result": 0, "errmsg": "OK"}),
]  # fmt: skip


def test_each_kind_of_gateway_passes_on_what_ends_optional_sms_for_all_who_share_the_number(
    vendors: Runtime, clock: SettableClock
) -> None:
    others, app = Others(vendors, clock), create_app(vendors)
    mother, father, other = others.contact(phone=PHONE), others.contact(phone=PHONE), others.contact()
    for provider, item, thanks in ANSWERS:
        assert _post(app, provider, [item]) == (200, thanks)
        assert [_off(vendors, one) for one in (mother, father, other)] == [OPTIONAL, OPTIONAL, set()]
        with vendors.unit_of_work() as work:
            for one in (mother, father):
                choose(work, one, ["sms", "email", "waiting", "membership", "announcements", "sms:optional"])
        _post(app, provider, [item])  # told again: what was chosen since stands
        assert _off(vendors, mother) == set()
    with vendors.reading() as session:
        assert [one.word for one in replies_from(session, PHONE)] == ["T", "TD", "退订"]


def test_other_answers_are_counted_and_not_kept_and_receipts_of_the_same_batch_are_taken(
    vendors: Runtime, clock: SettableClock
) -> None:
    others, app = Others(vendors, clock), create_app(vendors)
    person = others.contact(phone=PHONE, email=None)
    others.registration("confirmed", person)
    [message] = messages(vendors)
    batch = [
        {"from": PHONE, "reply": "我的身份证是…", "reply_id": "1"},
        {"id": str(message.message_id), "state": "delivered"},
    ]
    assert _post(app, "mailbox", batch) == (200, {"new": 2})
    assert messages(vendors)[0].delivery == "delivered"
    assert _off(vendors, person) == set()
    with vendors.reading() as session:
        [kept] = replies_from(session, PHONE)
    assert (kept.word, kept.people) == (None, 1)
    assert _post(app, "mailbox", [{"from": PHONE, "reply": "T"}])[0] == 422  # without a number it may be an old one


def test_after_an_answer_optional_news_come_by_mail_alone_and_mandatory_ones_by_sms_too(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    person = others.contact(phone=PHONE)
    others.registration("waitlisted", person, waiting_number=1)  # optional, and queued before the answer
    _post(create_app(runtime), "mailbox", [{"from": PHONE, "reply": "N", "reply_id": "1"}])
    sender.run_once()
    assert {one.channel: (one.state, one.reason) for one in messages(runtime)} == {
        "sms": ("suppressed", "optional-by-sms-off"),
        "email": ("sent", None),
    }
    others.registration("waitlisted", person, waiting_number=2)
    assert len(messages(runtime)) == 3
    assert notices(runtime)[-1].accepted == 1
    others.registration("confirmed", person)
    sender.run_once()
    assert states(runtime) == {"sent": 4, "suppressed": 1}


def test_the_simulator_lets_a_phone_answer(runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox) -> None:
    person = others.contact(phone=PHONE, email=None)
    others.registration("confirmed", person)
    sender.run_once()
    [kept] = mailbox.messages()
    page = mailbox.post(f"/messages/{kept['id']}/reply", data={"text": "TD"})
    assert page.headers["Location"].endswith("answered=yes")
    assert mailbox.post(f"/api/messages/{kept['id'] + 9}/reply", json={"text": "TD"}).status_code == 404
    assert mailbox.get(f"/messages/{kept['id']}").text.count("TD") == 1

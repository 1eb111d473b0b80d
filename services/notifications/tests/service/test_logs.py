"""Nothing that identifies somebody, and nothing that was said to them, gets into a log."""

import json
import logging
from collections.abc import Callable

import pytest

from notifications.app import create_app
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.testing.conditions import end_leases, messages, states
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, sign_in

PHONE, MAIL, NAME, TITLE = "+8613912345678", "ouyang.known@sample.invalid", "欧阳某某", "独一无二的活动"
KNOWN = (PHONE, PHONE[3:], PHONE[-8:], MAIL, MAIL.partition("@")[0], NAME, TITLE)


def test_sender_receipts_and_pages_log_no_number_no_address_no_name_and_no_content(
    configured: Callable[..., Runtime], clock: SettableClock, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    common = {"key_id": "k", "secret": "s", "app_id": "1", "receipt_secret": "key"}
    gateways = [
        {"name": "mailbox", "kind": "generic", "url": f"{mailbox.url}/sms"},
        {"name": "ali", "kind": "aliyun", "url": f"{mailbox.url}/aliyun/", **common},
    ]
    runtime = configured(SMS_PROVIDERS=json.dumps(gateways))
    caplog.set_level(logging.INFO)
    others = Others(runtime, clock)
    person = others.contact(phone=PHONE, email=MAIL, name=NAME)
    for verb in ("confirmed", "promoted", "waitlisted"):
        others.registration(verb, person, title_zh=TITLE, waiting_number=1)
    mailbox.fault("smtp", "refuse", remaining=1)
    mailbox.fault("sms", "lose-request", remaining=1)
    mailbox.fault("sms", "refuse", remaining=1)
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    for _ in range(4):
        sender.run_once()
        end_leases(runtime)
    sender.close()
    assert states(runtime)
    app = create_app(runtime)
    client = app.test_client()
    add_staff(runtime, "li", Grant("officer", "*"))
    sign_in(client, "li")
    for path in ("/", "/messages", f"/messages/{messages(runtime)[0].id}", f"/people/{person}?since=2026-01-01"):
        assert client.get(path).status_code == 200
    assert client.get("/people/", query_string={"q": NAME}).status_code == 200
    app.test_client().post(
        "/api/v1/receipts/ali?key=key",
        json=[{"phone_number": PHONE, "content": f"{NAME} 退订", "send_time": "1"}, {"success": True}],
    )
    app.test_client().post("/api/v1/receipts/ali?key=wrong", json=[{"phone_number": PHONE, "content": "TD"}])
    written = [f"{logging.Formatter().format(record)} {vars(record)}" for record in caplog.records]
    assert any("not sent" in line for line in written), "the run must log something, else this proves nothing"
    for known in KNOWN:
        escaped = json.dumps(known)[1:-1]
        assert [line for line in written if known in line or escaped in line] == []

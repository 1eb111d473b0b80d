"""The SMS gateway simulator in its three shapes."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from notifications.testing.mailbox_process import Mailbox, until

SMS = {"id": "7f", "to": "+8610000000001", "text": "【驿站】您好"}


class Receiver(HTTPServer):
    """Takes receipts; answers 503 for the first `deaf` of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receipts)
        self.taken: list[list[dict[str, Any]]] = []
        self.signatures: list[bool] = []
        self.deaf = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/receipts"


class _Receipts(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.deaf:
            self.server.deaf -= 1
            self.send_response(503)
        else:
            expected = hmac.new(b"development-receipt-key", body, hashlib.sha256).hexdigest()
            self.server.signatures.append(self.headers["X-Yizhan-Signature"] == expected)
            self.server.taken.append(json.loads(body))
            self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_generic_sms_is_kept_and_can_be_asked_for_by_the_senders_id(mailbox: Mailbox) -> None:
    assert mailbox.get("/sms/7f").status_code == 404
    assert mailbox.post("/sms", json=SMS).status_code == 202
    assert mailbox.get("/sms/7f").json()["count"] == 1
    [kept] = mailbox.messages(channel="sms")
    assert (kept["to"], kept["text"], kept["segments"]) == (SMS["to"], SMS["text"], 1)


@pytest.mark.parametrize(("kind", "status"), [("refuse", 400), ("throttle", 429), ("unavailable", 503)])
def test_a_refused_sms_is_not_kept(mailbox: Mailbox, kind: str, status: int) -> None:
    mailbox.fault("sms", kind, remaining=1)
    assert mailbox.post("/sms", json=SMS).status_code == status
    assert mailbox.messages() == []


def test_an_accepted_sms_whose_answer_is_lost_is_kept(mailbox: Mailbox) -> None:
    mailbox.fault("sms", "lose-answer", remaining=1, seconds=0.05)
    with pytest.raises(httpx.TransportError):
        mailbox.post("/sms", json=SMS)
    assert mailbox.get("/sms/7f").json()["count"] == 1


def test_receipts_are_signed_and_come_again_until_they_are_taken(mailbox: Mailbox, receiver: Receiver) -> None:
    receiver.deaf = 1
    mailbox.post("/sms", json={**SMS, "callback": receiver.url})
    [[item]] = until(lambda: receiver.taken)
    assert (item["id"], item["state"], receiver.signatures) == ("7f", "delivered", [True])


def test_receipts_can_be_doubled_and_come_in_the_wrong_order(mailbox: Mailbox, receiver: Receiver) -> None:
    mailbox.fault("sms", "duplicate-receipt", remaining=1)
    mailbox.fault("sms", "reordered-receipt", remaining=1)
    mailbox.post("/sms", json={**SMS, "callback": receiver.url})
    until(lambda: len(receiver.taken) == 2)
    assert [len(batch) for batch in receiver.taken] == [1, 2]
    mailbox.post("/sms", json={**SMS, "callback": receiver.url})
    until(lambda: len(receiver.taken) == 4)
    assert [batch[0]["state"] for batch in receiver.taken[2:]] == ["delivered", "sending"]


def test_aliyun_shape_sends_and_answers_queries_by_phone_date_and_own_id(mailbox: Mailbox) -> None:
    fields = {"Action": "SendSms", "PhoneNumbers": "+8610000000002", "SignName": "驿站", "OutId": "own-1"}
    fields |= {"TemplateCode": "SMS_1", "TemplateParam": '{"title": "小候鸟"}'}
    assert mailbox.post("/aliyun/", data=fields).json()["Code"] == "OK"
    day = mailbox.messages()[0]["received_at"][:10].replace("-", "")
    query = {"Action": "QuerySendDetails", "PhoneNumber": "+8610000000002", "SendDate": day}
    [detail] = mailbox.post("/aliyun/", data=query).json()["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (detail["OutId"], detail["SendStatus"]) == ("own-1", 3)
    mailbox.fault("sms", "throttle", remaining=1)
    assert mailbox.post("/aliyun/", data=fields).json()["Code"] == "isv.BUSINESS_LIMIT_CONTROL"


def test_tencent_shape_answers_for_each_number(mailbox: Mailbox) -> None:
    mailbox.fault("sms", "refuse", recipient="0003", remaining=1)
    body = {"PhoneNumberSet": ["+8610000000003", "+8610000000004"], "SignName": "驿站", "TemplateId": "9"}
    body |= {"TemplateParamSet": ["小候鸟"], "SessionContext": "own-2"}
    answer = mailbox.post("/tencent/", json=body, headers={"X-TC-Action": "SendSms"}).json()["Response"]
    codes = [item["Code"] for item in answer["SendStatusSet"]]
    assert codes == ["InvalidParameterValue.IncorrectPhoneNumber", "Ok"]
    assert [m["to"] for m in mailbox.messages()] == ["+8610000000004"]

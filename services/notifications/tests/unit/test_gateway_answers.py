"""What each vendor's answers mean, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from notifications.gateways.aliyun import AliyunGateway
from notifications.gateways.contract import Sms
from notifications.gateways.generic import GenericGateway
from notifications.gateways.tencent import TencentGateway
from notifications.sending.settings import SmsProvider

OWN = UUID("019ae000-0000-7000-8000-000000000009")
SMS = Sms(OWN, "+8610000000001", "【驿站】您好", "SMS_7", [("who", "某某"), ("when", "周三")])
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class Vendor(HTTPServer):
    """Answers with `reply` and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.reply: tuple[int, Any] = (200, {})
        self.asked: list[tuple[dict[str, str], dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Answers(BaseHTTPRequestHandler):
    server: Vendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((dict(parse_qsl(urlsplit(self.path).query)), headers, body))
        status, reply = self.server.reply
        encoded = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def aliyun(vendor: Vendor) -> Iterator[AliyunGateway]:
    made = AliyunGateway(SmsProvider("a", "aliyun", vendor.url, "key", "secret"), "驿站", 5, lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def tencent(vendor: Vendor) -> Iterator[TencentGateway]:
    provider = SmsProvider("t", "tencent", vendor.url, "key", "secret", "1400000000")
    made = TencentGateway(provider, "驿站", 5, lambda: NOW)
    yield made
    made.close()


def test_aliyun_is_given_the_approved_code_and_named_parameters(aliyun: AliyunGateway, vendor: Vendor) -> None:
    vendor.reply = (200, {"Code": "OK", "BizId": "9^0"})
    outcome = aliyun.send(SMS)
    assert (outcome.kind, outcome.serial) == ("sent", "9^0")
    [(query, headers, _)] = vendor.asked
    assert json.loads(query["TemplateParam"]) == {"who": "某某", "when": "周三"}
    assert (query["PhoneNumbers"], query["SignName"], query["TemplateCode"]) == ("10000000001", "驿站", "SMS_7")
    assert (query["OutId"], headers["x-acs-action"]) == (str(OWN), "SendSms")
    assert headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=key,")
    assert "secret" not in str(vendor.asked)


def test_tencent_is_given_parameters_by_position(tencent: TencentGateway, vendor: Vendor) -> None:
    sent = {"SendStatusSet": [{"Code": "Ok", "SerialNo": "77", "Fee": 2}]}
    vendor.reply = (200, {"Response": sent})
    outcome = tencent.send(SMS)
    assert (outcome.kind, outcome.serial, outcome.segments) == ("sent", "77", 2)
    [(_, headers, body)] = vendor.asked
    asked = json.loads(body)
    assert asked["TemplateParamSet"] == ["某某", "周三"]
    assert (asked["PhoneNumberSet"], asked["SessionContext"]) == (["+8610000000001"], str(OWN))
    assert headers["x-tc-action"] == "SendSms"


@pytest.mark.parametrize(
    ("status", "code", "kind", "away"),
    [
        (200, "isv.BUSINESS_LIMIT_CONTROL", "throttled", False),
        (400, "Throttling.User", "throttled", True),
        (200, "isv.MOBILE_NUMBER_ILLEGAL", "refused", False),
        (200, "isv.SMS_TEMPLATE_ILLEGAL", "later", False),
        (200, "isv.AMOUNT_NOT_ENOUGH", "later", True),
        (403, "SignatureDoesNotMatch", "later", True),
        (200, "isp.SYSTEM_ERROR", "unknown", False),
        (500, "InternalError", "unknown", False),
        (503, "ServiceUnavailable", "later", True),
    ],
)
def test_what_aliyuns_codes_mean(
    aliyun: AliyunGateway, vendor: Vendor, status: int, code: str, kind: str, away: bool
) -> None:
    vendor.reply = (status, {"Code": code})
    outcome = aliyun.send(SMS)
    assert (outcome.kind, outcome.away) == (kind, away)


@pytest.mark.parametrize(
    ("code", "kind", "away"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", "throttled", False),
        ("InvalidParameterValue.IncorrectPhoneNumber", "refused", False),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "later", False),
        ("FailedOperation.InsufficientBalanceInSmsPackage", "later", True),
        ("InternalError.Timeout", "unknown", False),
    ],
)
def test_what_tencents_codes_mean(tencent: TencentGateway, vendor: Vendor, code: str, kind: str, away: bool) -> None:
    vendor.reply = (200, {"Response": {"SendStatusSet": [{"Code": code}]}})
    outcome = tencent.send(SMS)
    assert (outcome.kind, outcome.away) == (kind, away)


@pytest.mark.parametrize(
    ("code", "kind"), [("AuthFailure.SignatureFailure", "later"), ("RequestLimitExceeded", "throttled")]
)
def test_an_error_of_the_whole_tencent_account_leaves_it_alone(
    tencent: TencentGateway, vendor: Vendor, code: str, kind: str
) -> None:
    vendor.reply = (200, {"Response": {"Error": {"Code": code, "Message": "no"}}})
    outcome = tencent.send(SMS)
    assert (outcome.kind, outcome.away) == (kind, True)


def test_aliyun_finds_an_sms_by_number_day_and_our_id(aliyun: AliyunGateway, vendor: Vendor) -> None:
    found = {"SmsSendDetailDTO": [{"OutId": "other"}, {"OutId": str(OWN)}]}
    vendor.reply = (200, {"Code": "OK", "SmsSendDetailDTOs": found})
    assert aliyun.query(OWN, SMS.phone, NOW).kind == "sent"
    assert vendor.asked[0][0]["SendDate"] == "20261124"  # one hour past midnight in China
    vendor.reply = (200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}})
    assert aliyun.query(OWN, SMS.phone, NOW).kind == "not-taken"
    vendor.reply = (200, {"Code": "isp.SYSTEM_ERROR"})
    assert aliyun.query(OWN, SMS.phone, NOW).kind == "unanswered"


def test_tencent_finds_an_sms_by_our_id_and_its_silence_proves_nothing(tencent: TencentGateway, vendor: Vendor) -> None:
    vendor.reply = (200, {"Response": {"PullSmsSendStatusSet": [{"SessionContext": str(OWN), "SerialNo": "5"}]}})
    outcome = tencent.query(OWN, SMS.phone, NOW - timedelta(minutes=30))
    assert (outcome.kind, outcome.serial) == ("sent", "5")
    assert tencent.visible_after is None


@pytest.fixture
def generic(vendor: Vendor) -> Iterator[Callable[..., GenericGateway]]:
    made: list[GenericGateway] = []

    def make(**more: Any) -> GenericGateway:
        made.append(GenericGateway(SmsProvider("g", "generic", vendor.url, **more), "http://here/receipts", 5))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


def test_a_generic_gateway_is_spoken_to_as_the_settings_say(
    generic: Callable[..., GenericGateway], vendor: Vendor
) -> None:
    body = {"account": "x", "msg": {"mobile": "((to))", "content": "((text)) ((unknown))"}, "n": 1}
    answer = {"code": "result.status", "taken": ["0"], "throttled": ["8"], "refused": ["9"], "serial": "result.id"}
    gateway = generic(body=body, answer=answer, secret="token-1")
    for status, kind in (("0", "sent"), ("8", "throttled"), ("9", "refused"), ("5", "later")):
        vendor.reply = (200, {"result": {"status": status, "id": 12}})
        outcome = gateway.send(Sms(OWN, SMS.phone, "((to)) literal"))
        assert outcome.kind == kind
    assert gateway.send(SMS).kind == "later"
    _, headers, sent = vendor.asked[0]
    assert json.loads(sent) == {
        "account": "x",
        "msg": {"mobile": SMS.phone, "content": "((to)) literal ((unknown))"},
        "n": 1,
    }
    assert headers["authorization"] == "Bearer token-1"


def test_nobody_listening_is_a_definite_failure() -> None:
    gateway = GenericGateway(SmsProvider("g", "generic", "http://127.0.0.1:1/"), "", 5)
    outcome = gateway.send(SMS)
    gateway.close()
    assert (outcome.kind, outcome.code, outcome.away) == ("later", "no-connection", True)

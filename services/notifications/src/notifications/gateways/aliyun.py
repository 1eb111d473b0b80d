"""Aliyun SMS (dysmsapi, 2017-05-25): SendSms and QuerySendDetails. SendSms is not idempotent."""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx

from notifications.gateways.contract import Sms, exchanged, failed_status, http_client, json_object
from notifications.gateways.signing import acs3_headers, canonical_query
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SmsProvider
from shared.clock import Clock

VERSION = "2017-05-25"
_DAY_ZONE = ZoneInfo("Asia/Shanghai")
_PAGE = 50
_MOST_PAGES = 4
# Limits for one number: others get theirs meanwhile.
_NUMBER_LIMITS = {
    "isv.BUSINESS_LIMIT_CONTROL": timedelta(minutes=1),
    "isv.DAY_LIMIT_CONTROL": timedelta(hours=1),
    "isv.MONTH_LIMIT_CONTROL": timedelta(hours=1),
}
# What no other provider would take either.
_REFUSED = (
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.INVALID_PARAMETERS",
    "isv.INVALID_JSON_PARAM",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.BLACK_KEY_CONTROL_LIMIT",
)
# What concerns one text at this provider only: the next one may have approved it.
_TEXT = (
    "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.SMS_SIGNATURE_ILLEGAL",
)


class AliyunGateway:
    """One Aliyun account. A record of what it took appears within minutes."""

    needs_approval = True
    visible_after = timedelta(minutes=10)

    def __init__(self, provider: SmsProvider, signature: str, timeout: float, clock: Clock) -> None:
        self.name = provider.name
        self._provider = provider
        self._signature = provider.signature or signature
        self._url = provider.url or "https://dysmsapi.aliyuncs.com/"
        self._host = urlsplit(self._url).netloc
        self._clock = clock
        self._client = http_client(provider, timeout)

    def send(self, sms: Sms) -> Outcome:
        parameters = {
            "PhoneNumbers": _number(sms.phone),
            "SignName": self._signature,
            "TemplateCode": sms.code,
            "TemplateParam": json.dumps(dict(sms.parameters), ensure_ascii=False),
            "OutId": str(sms.own_id),
        }
        answer = exchanged(self.name, lambda: self._call("SendSms", parameters))
        return answer if isinstance(answer, Outcome) else self._outcome(answer)

    def _outcome(self, answer: httpx.Response) -> Outcome:
        failed = failed_status(self.name, answer)
        if failed is not None:
            return failed
        body = json_object(answer)
        code = str(body.get("Code") or f"http-{answer.status_code}")[:80]
        if code == "OK":
            return Outcome("sent", "OK", self.name, serial=str(body.get("BizId") or "")[:80] or None)
        if code in _NUMBER_LIMITS:
            return Outcome("throttled", code, self.name, after=_NUMBER_LIMITS[code])
        if code.startswith("Throttling"):
            return Outcome("throttled", code, self.name, away=True)
        if code in _REFUSED:
            return Outcome("refused", code, self.name)
        if code in _TEXT:
            return Outcome("later", code, self.name)
        if code == "isp.SYSTEM_ERROR" or (answer.status_code == 200 and not body):
            return Outcome("unknown", code, self.name)
        return Outcome("later", code, self.name, away=True)

    def query(self, own_id: UUID, phone: str, handed_at: datetime) -> Outcome:
        """By number and day, then by our id: Aliyun does not search for that one."""
        try:
            for page in range(1, _MOST_PAGES + 1):
                parameters = {
                    "PhoneNumber": _number(phone),
                    "SendDate": handed_at.astimezone(_DAY_ZONE).strftime("%Y%m%d"),
                    "PageSize": str(_PAGE),
                    "CurrentPage": str(page),
                }
                answer = self._call("QuerySendDetails", parameters)
                body = json_object(answer)
                if answer.status_code != 200 or body.get("Code") != "OK":
                    return Outcome("unanswered", str(body.get("Code") or f"http-{answer.status_code}")[:80], self.name)
                found = (body.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
                if any(item.get("OutId") == str(own_id) for item in found):
                    return Outcome("sent", "found-by-own-id", self.name)
                if len(found) < _PAGE:
                    return Outcome("not-taken", "not-in-the-records", self.name)
        except httpx.TransportError:
            return Outcome("unanswered", "no-answer", self.name, away=True)
        return Outcome("unanswered", "too-many-records", self.name)

    def _call(self, action: str, parameters: dict[str, str]) -> httpx.Response:
        headers = acs3_headers(
            host=self._host,
            action=action,
            version=VERSION,
            parameters=parameters,
            key_id=self._provider.key_id,
            secret=self._provider.secret,
            now=self._clock(),
            nonce=uuid4().hex,
        )
        return self._client.post(f"{self._url}?{canonical_query(parameters)}", headers=headers)

    def close(self) -> None:
        self._client.close()


def _number(phone: str) -> str:
    """Mainland numbers without a prefix, others with their country code and no plus, as the vendor writes them."""
    return phone.removeprefix("+86").removeprefix("+")

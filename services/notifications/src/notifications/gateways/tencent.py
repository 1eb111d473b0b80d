"""Tencent Cloud SMS (2021-01-11): SendSms and PullSmsSendStatusByPhoneNumber."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from notifications.gateways.contract import Sms, exchanged, failed_status, http_client, json_object
from notifications.gateways.signing import tc3_authorization
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SmsProvider
from shared.clock import Clock

VERSION = "2021-01-11"
_PAGE = 100
_NUMBER_LIMITS = (
    "LimitExceeded.PhoneNumber",
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.AppMainlandChinaDailyLimit",
)
_TEXT = (
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateUnapprovedOrNotExist",
    "FailedOperation.TemplateIdNotExist",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.MissingSignature",
)
_REFUSED = (
    "InvalidParameterValue",
    "InvalidParameter",
    "MissingParameter",
    "UnsupportedOperation",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.MarketingSendTimeConstraint",
)


class TencentGateway:
    """One application of a Tencent Cloud account. Its records hold receipts only, so that silence proves nothing."""

    needs_approval = True
    visible_after = None

    def __init__(self, provider: SmsProvider, signature: str, timeout: float, clock: Clock) -> None:
        self.name = provider.name
        self._provider = provider
        self._signature = provider.signature or signature
        self._url = provider.url or "https://sms.tencentcloudapi.com/"
        self._host = urlsplit(self._url).netloc
        self._clock = clock
        self._client = http_client(provider, timeout)

    def send(self, sms: Sms) -> Outcome:
        body = {
            "PhoneNumberSet": [sms.phone],
            "SmsSdkAppId": self._provider.app_id,
            "SignName": self._signature if sms.phone.startswith("+86") else "",
            "TemplateId": sms.code,
            "TemplateParamSet": [value for _, value in sms.parameters],
            "SessionContext": str(sms.own_id),
        }
        answer = exchanged(self.name, lambda: self._call("SendSms", body))
        return answer if isinstance(answer, Outcome) else self._outcome(answer)

    def _outcome(self, answer: httpx.Response) -> Outcome:
        failed = failed_status(self.name, answer)
        if failed is not None:
            return failed
        said = json_object(answer).get("Response") or {}
        [status] = (said.get("SendStatusSet") or [{}])[:1]
        code = str((said.get("Error") or {}).get("Code") or status.get("Code") or f"http-{answer.status_code}")[:80]
        if code == "Ok":
            fee, serial = status.get("Fee"), str(status.get("SerialNo") or "")[:80]
            return Outcome(
                "sent", "Ok", self.name, fee if isinstance(fee, int) and fee else None, serial=serial or None
            )
        if code.startswith(_NUMBER_LIMITS):
            return Outcome("throttled", code, self.name, after=timedelta(minutes=1))
        if code.startswith(("RequestLimitExceeded", "LimitExceeded")):
            return Outcome("throttled", code, self.name, away=True)
        if code in _TEXT:
            return Outcome("later", code, self.name)
        if code.startswith(_REFUSED):
            return Outcome("refused", code, self.name)
        if code.startswith("InternalError") or code == "http-200":
            return Outcome("unknown", code, self.name)
        return Outcome("later", code, self.name, away=True)

    def query(self, own_id: UUID, phone: str, handed_at: datetime) -> Outcome:
        body = {
            "BeginTime": int((handed_at - timedelta(minutes=5)).timestamp()),
            "EndTime": int(self._clock().timestamp()) + 60,
            "Offset": 0,
            "Limit": _PAGE,
            "PhoneNumber": phone,
            "SmsSdkAppId": self._provider.app_id,
        }
        try:
            answer = self._call("PullSmsSendStatusByPhoneNumber", body)
        except httpx.TransportError:
            return Outcome("unanswered", "no-answer", self.name, away=True)
        said = json_object(answer).get("Response") or {}
        if answer.status_code != 200 or "Error" in said:
            code = str((said.get("Error") or {}).get("Code") or f"http-{answer.status_code}")[:80]
            return Outcome("unanswered", code, self.name)
        for item in said.get("PullSmsSendStatusSet") or []:
            if item.get("SessionContext") == str(own_id):
                return Outcome(
                    "sent", "found-by-own-id", self.name, serial=str(item.get("SerialNo") or "")[:80] or None
                )
        return Outcome("not-taken", "not-in-the-records", self.name)

    def _call(self, action: str, body: dict[str, Any]) -> httpx.Response:
        encoded = json.dumps(body, ensure_ascii=False).encode()
        timestamp = int(self._clock().timestamp())
        authorization = tc3_authorization(
            host=self._host,
            service="sms",
            body=encoded,
            key_id=self._provider.key_id,
            secret=self._provider.secret,
            timestamp=timestamp,
        )
        headers = {
            "Authorization": authorization,
            "Content-Type": "application/json; charset=utf-8",
            "Host": self._host,
            "X-TC-Action": action,
            "X-TC-Version": VERSION,
            "X-TC-Timestamp": str(timestamp),
            "X-TC-Region": self._provider.region,
        }
        return self._client.post(self._url, content=encoded, headers=headers)

    def close(self) -> None:
        self._client.close()


def _serial(item: dict[str, Any]) -> str | None:
    return str(item.get("SerialNo") or "")[:80] or None

"""The SMS gateway simulator: requests in the shapes of Aliyun, Tencent and a plain JSON gateway.

Each shape turns a request into the same few steps (`_take`): a fault that refuses, the message kept, the
receipt planned. Signatures are not checked: the simulator has no accounts.
Like the real gateways none of the shapes removes duplicates: who sends twice sees two messages.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from notifications.mailbox.faults import Fault
from notifications.mailbox.store import Store, StoredMessage
from notifications.wording.segments import count_segments

REFUSING = ("refuse", "throttle", "unavailable", "lose-request")
QUERIES = ("query-fails", "query-unknown")
RECEIPTS = (
    *("undelivered", "no-receipt", "late-receipt", "duplicate-receipt"),
    *("reordered-receipt", "early-receipt", "forged-receipt", "batch-receipts"),
)
EARLIER_SECONDS = 1.5
PAUSES = ("lose-answer", "slow")


@dataclass(frozen=True)
class Answer:
    """What goes back: a status and JSON, after `pause` seconds; or nothing at all when `lost`."""

    status: int
    body: dict[str, Any]
    pause: float = 0.0
    lost: bool = False


NO_ANSWER = Answer(0, {}, lost=True)


@dataclass(frozen=True)
class Sms:
    """One SMS in any shape. `own_id` is the sender's id, `serial` the gateway's."""

    provider: str
    to: str
    text: str
    own_id: str
    signature: str = ""
    raw: bytes = b""
    serial: str = field(default_factory=lambda: uuid.uuid4().hex)


ReceiptItem = Callable[[Sms, str], dict[str, Any]]


class Gateway:
    """Answers for all shapes. `receipts_url` is where receipts go when the request names no callback."""

    def __init__(self, store: Store, receipts_url: str = "") -> None:
        self._store = store
        self._receipts_url = receipts_url

    def generic(self, body: dict[str, Any], raw: bytes) -> Answer:
        """`POST /sms` with {id, to, text, callback?}: 202, or 4xx/5xx with {error}."""
        missing = [name for name in ("id", "to", "text") if not isinstance(body.get(name), str)]
        if missing:
            return Answer(422, {"error": f"missing: {', '.join(missing)}"})
        sms = Sms("generic", body["to"], body["text"], body["id"], raw=raw)
        fault = self._store.take_fault("sms", sms.to, REFUSING)
        if fault is not None:
            if fault.kind == "lose-request":
                return NO_ANSWER
            status = {"refuse": 400, "throttle": 429, "unavailable": 503}[fault.kind]
            return Answer(status, {"error": fault.kind})
        number = self._take(sms, str(body.get("callback") or ""), _generic_receipt)
        return self._after_taking(sms, Answer(202, {"id": sms.own_id, "number": number, "state": "accepted"}))

    def generic_query(self, own_id: str) -> Answer:
        """`GET /sms/<id>`: whether the gateway has taken a message with this id, and how often."""
        found = self._store.sms_by_own_id(own_id)
        fault = self._store.take_fault("sms", found[0].recipient if found else "", QUERIES)
        if fault is not None and fault.kind == "query-fails":
            return Answer(503, {"error": "unavailable"})
        if not found or fault is not None:
            return Answer(404, {"error": "unknown id"})
        return Answer(200, {"id": own_id, "state": found[0].state, "count": len(found)})

    def aliyun(self, fields: dict[str, str], raw: bytes) -> Answer:
        """The actions SendSms and QuerySendDetails of Aliyun's 2017-05-25 API."""
        request_id = str(uuid.uuid4()).upper()
        if fields.get("Action") == "QuerySendDetails":
            fault = self._store.take_fault("sms", fields.get("PhoneNumber", ""), QUERIES)
            if fault is not None and fault.kind == "query-fails":
                return Answer(503, _aliyun_error("ServiceUnavailable", request_id))
            return Answer(200, self._aliyun_details(fields, hidden=fault is not None) | {"RequestId": request_id})
        if fields.get("Action") != "SendSms":
            return Answer(400, _aliyun_error("InvalidAction.NotFound", request_id))
        content = f"{fields.get('TemplateCode', '')} {fields.get('TemplateParam', '')}"
        text = f"【{fields.get('SignName', '')}】{content}"
        phones = fields.get("PhoneNumbers", "").split(",")
        fault = self._store.take_fault("sms", phones[0], REFUSING)
        if fault is not None and fault.kind == "lose-request":
            return NO_ANSWER
        if fault is not None and fault.kind == "unavailable":
            return Answer(503, _aliyun_error("ServiceUnavailable", request_id))
        if fault is not None:
            code = "isv.BUSINESS_LIMIT_CONTROL" if fault.kind == "throttle" else "isv.MOBILE_NUMBER_ILLEGAL"
            return Answer(200, _aliyun_error(code, request_id))
        serial = uuid.uuid4().hex
        for phone in phones:
            sms = Sms("aliyun", phone, text, fields.get("OutId", ""), raw=raw, serial=serial)
            self._take(sms, "", _aliyun_receipt)
        body = {"RequestId": request_id, "Code": "OK", "Message": "OK", "BizId": serial}
        return self._after_taking(sms, Answer(200, body))

    def _aliyun_details(self, fields: dict[str, str], *, hidden: bool) -> dict[str, Any]:
        day = fields.get("SendDate", "")
        found = [
            kept
            for kept in self._store.messages(to=fields.get("PhoneNumber", ""), channel="sms")
            if not hidden and kept.provider == "aliyun" and kept.received_at[:10].replace("-", "") == day
        ]
        size, page = int(fields.get("PageSize") or "10"), int(fields.get("CurrentPage") or "1")
        found = found[(page - 1) * size : page * size]
        details = [
            {
                "PhoneNum": kept.recipient,
                "OutId": kept.message_id,
                "SendStatus": {"delivered": 3, "undelivered": 2}.get(kept.state, 1),
                "Content": kept.text,
                "SendDate": kept.received_at,
                "ErrCode": {"delivered": "DELIVERED", "undelivered": "UNDELIV"}.get(kept.state, ""),
            }
            for kept in found
        ]
        return {
            "Code": "OK",
            "Message": "OK",
            "TotalCount": len(details),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": details},
        }

    def tencent(self, action: str, body: dict[str, Any], raw: bytes) -> Answer:
        """The actions SendSms and PullSmsSendStatusByPhoneNumber of Tencent's 2021-01-11 API."""
        request_id = str(uuid.uuid4())
        if action == "PullSmsSendStatusByPhoneNumber":
            phone = str(body.get("PhoneNumber", ""))
            fault = self._store.take_fault("sms", phone, QUERIES)
            if fault is not None and fault.kind == "query-fails":
                return Answer(503, {})
            found = self._store.messages(to=phone, channel="sms") if fault is None else []
            statuses = [_tencent_status(kept) for kept in found if kept.provider == "tencent"]
            return Answer(200, {"Response": {"PullSmsSendStatusSet": statuses, "RequestId": request_id}})
        if action != "SendSms":
            error = {"Code": "InvalidAction", "Message": action}
            return Answer(200, {"Response": {"Error": error, "RequestId": request_id}})
        sets, sms = [], None
        parameters = json.dumps(body.get("TemplateParamSet", []), ensure_ascii=False)
        text = f"【{body.get('SignName', '')}】{body.get('TemplateId', '')} {parameters}"
        for phone in body.get("PhoneNumberSet", []):
            sms = Sms("tencent", str(phone), text, str(body.get("SessionContext", "")), raw=raw)
            fault = self._store.take_fault("sms", sms.to, REFUSING)
            if fault is not None and fault.kind == "lose-request":
                return NO_ANSWER
            if fault is not None and fault.kind == "unavailable":
                return Answer(503, {})
            if fault is None:
                self._take(sms, "", _tencent_receipt)
            sets.append(_tencent_sent(sms, fault))
        answer = Answer(200, {"Response": {"SendStatusSet": sets, "RequestId": request_id}})
        return self._after_taking(sms, answer) if sms is not None else answer

    def _take(self, sms: Sms, callback: str, item: ReceiptItem) -> int:
        """Keep the message and plan its receipts as the faults say."""
        fault = self._store.take_fault("sms", sms.to, RECEIPTS)
        kind = fault.kind if fault is not None else ""
        final = "undelivered" if kind == "undelivered" else "delivered"
        number = self._store.add(
            channel="sms",
            sender=sms.signature,
            recipient=sms.to,
            text=sms.text,
            message_id=sms.own_id,
            provider=sms.provider,
            state=final if kind != "no-receipt" else "accepted",
            segments=count_segments(sms.text, sms.to),
            raw=sms.raw,
        )
        url = callback or self._store.receivers().get(sms.provider) or self._receipts_url
        if not url or kind == "no-receipt":
            return number
        now = time.time()
        due = now + (fault.seconds if fault is not None and kind == "late-receipt" else 0.2)
        if kind == "forged-receipt":
            opposite = "delivered" if final == "undelivered" else "undelivered"
            self._store.add_receipt(now, _without_secret(url), [item(sms, opposite)], forged=True)
        if kind == "batch-receipts" and fault is not None:
            self._store.add_to_batch(now + fault.seconds, url, item(sms, final))
            return number
        if kind == "early-receipt":
            self._store.add_receipt(now, url, [item(sms, final)])
            time.sleep(EARLIER_SECONDS)
            return number
        self._store.add_receipt(due, url, [item(sms, final)])
        if kind == "duplicate-receipt":
            self._store.add_receipt(due, url, [item(sms, final)] * 2)
        if kind == "reordered-receipt":
            self._store.add_receipt(due + 0.2, url, [item(sms, "sending")])
        return number

    def reply(self, number: int, text: str) -> bool:
        """Let the phone that got this SMS answer it, in the words of its gateway; False where nobody is told."""
        kept = self._store.message(number)
        if kept is None or kept.channel != "sms":
            return False
        url = _callback_of(kept) or self._store.receivers().get(kept.provider) or self._receipts_url
        if not url:
            return False
        self._store.add_receipt(time.time(), url, [_REPLIES[kept.provider](kept, text)])
        return True

    def _after_taking(self, sms: Sms, answer: Answer) -> Answer:
        fault = self._store.take_fault("sms", sms.to, PAUSES)
        if fault is None:
            return answer
        return Answer(answer.status, answer.body, pause=fault.seconds, lost=fault.kind == "lose-answer")


def _without_secret(url: str) -> str:
    return url.partition("?")[0]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _generic_receipt(sms: Sms, state: str) -> dict[str, Any]:
    return {"id": sms.own_id, "state": state, "at": _now()}


def _aliyun_receipt(sms: Sms, state: str) -> dict[str, Any]:
    return {
        "phone_number": sms.to,
        "report_time": _now(),
        "success": state == "delivered",
        "err_code": "DELIVERED" if state == "delivered" else "UNDELIV",
        "sms_size": str(count_segments(sms.text, sms.to)),
        "biz_id": sms.serial,
        "out_id": sms.own_id,
    }


def _callback_of(kept: StoredMessage) -> str:
    """Where the request for the SMS wanted its receipts."""
    if kept.provider != "generic":
        return ""
    try:
        return str(json.loads(kept.raw).get("callback") or "")
    except (ValueError, AttributeError):
        return ""


def _generic_reply(kept: StoredMessage, text: str) -> dict[str, Any]:
    return {"from": kept.recipient, "reply": text, "reply_id": uuid.uuid4().hex, "at": _now()}


def _aliyun_reply(kept: StoredMessage, text: str) -> dict[str, Any]:
    return {
        "phone_number": kept.recipient,
        "content": text,
        "send_time": _now(),
        "sign_name": kept.sender,
        "dest_code": "9000",
        "sequence_id": uuid.uuid4().int % 10**12,
    }


def _tencent_reply(kept: StoredMessage, text: str) -> dict[str, Any]:
    phone = kept.recipient.removeprefix("+86")
    return {"nationcode": "86", "mobile": phone, "text": text, "time": int(time.time()), "sign": "", "extend_code": "0"}


_REPLIES = {"generic": _generic_reply, "aliyun": _aliyun_reply, "tencent": _tencent_reply}


def _aliyun_error(code: str, request_id: str) -> dict[str, Any]:
    return {"Code": code, "Message": code, "RequestId": request_id}


def _tencent_receipt(sms: Sms, state: str) -> dict[str, Any]:
    return {
        "user_receive_time": _now(),
        "mobile": sms.to,
        "report_status": "SUCCESS" if state == "delivered" else "FAIL",
        "errmsg": "DELIVRD" if state == "delivered" else "UNDELIV",
        "sid": sms.serial,
        "session_context": sms.own_id,
    }


def _tencent_sent(sms: Sms, fault: Fault | None) -> dict[str, Any]:
    code = "Ok"
    if fault is not None:
        throttled = "LimitExceeded.PhoneNumberThirtySecondLimit"
        code = throttled if fault.kind == "throttle" else "InvalidParameterValue.IncorrectPhoneNumber"
    return {
        "SerialNo": sms.serial if fault is None else "",
        "PhoneNumber": sms.to,
        "Fee": count_segments(sms.text, sms.to) if fault is None else 0,
        "SessionContext": sms.own_id,
        "Code": code,
        "Message": "send success" if fault is None else code,
    }


def _tencent_status(kept: StoredMessage) -> dict[str, Any]:
    return {
        "PhoneNumber": kept.recipient,
        "SessionContext": kept.message_id,
        "ReportStatus": "FAIL" if kept.state == "undelivered" else "SUCCESS",
        "Description": "UNDELIV" if kept.state == "undelivered" else "DELIVRD",
    }

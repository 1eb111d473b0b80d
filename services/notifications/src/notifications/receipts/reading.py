"""Receipts and people's answers as each kind of gateway writes them, and who may send them. Pure."""

import hmac
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields, validate

from notifications.receipts.commands import Receipt, signature
from notifications.replies.rules import Reply, full_number, key_of
from notifications.sending.settings import SmsProvider

# What the operators' centres say of numbers that do not exist (Aliyun and Tencent pass it on).
_NO_SUCH_NUMBER = ("MOBILE_NOT_EXIST", "MK:0001", "MK:0000", "UNKNOWN_SUBSCRIBER", "EMPTY_NUMBER", "XL:000")


class _Receipt(Schema):
    class Meta:
        unknown = EXCLUDE


class ReceiptIn(_Receipt):
    """One receipt; what else a gateway says is passed over."""

    id = fields.UUID(required=True, metadata={"description": "Our own id of the message."})
    state = fields.String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "delivered, undelivered, or a state on the way that is passed over."},
    )


class AliyunReceiptIn(_Receipt):
    """SmsReport of Aliyun."""

    success = fields.Boolean(required=True)
    err_code = fields.String(load_default="", allow_none=True)
    biz_id = fields.String(load_default=None, allow_none=True)
    out_id = fields.String(load_default=None, allow_none=True)


class TencentReceiptIn(_Receipt):
    """The status callback of Tencent Cloud."""

    report_status = fields.String(required=True)
    errmsg = fields.String(load_default="", allow_none=True)
    sid = fields.String(required=True, validate=validate.Length(1, 80))


class ReplyIn(_Receipt):
    """What somebody answered to an SMS, as a generic gateway tells it."""

    sender = fields.String(required=True, data_key="from", validate=validate.Length(1, 40))
    reply = fields.String(required=True, validate=validate.Length(max=2000))
    reply_id = fields.String(
        required=True,
        validate=validate.Length(1, 120),
        metadata={"description": "The gateway's number of the answer, or its time: the same when it is told again."},
    )


class AliyunReplyIn(_Receipt):
    """SmsUp of Aliyun."""

    phone_number = fields.String(required=True, validate=validate.Length(1, 40))
    content = fields.String(required=True, validate=validate.Length(max=2000))
    send_time = fields.String(load_default="", allow_none=True)
    sequence_id = fields.Raw(load_default=None, allow_none=True)


class TencentReplyIn(_Receipt):
    """The callback of Tencent Cloud for what people answer; `time` in seconds since 1970, or as text."""

    mobile = fields.String(required=True, validate=validate.Length(1, 40))
    nationcode = fields.String(load_default="", allow_none=True)
    text = fields.String(required=True, validate=validate.Length(max=2000))
    time = fields.Raw(required=True)


def read_batch(kind: str, items: Any) -> tuple[list[Receipt], list[Reply]]:
    """The receipts and the answers of a batch, which is a list; Tencent Cloud sends an answer by itself.

    marshmallow's ValidationError when it is nothing of that kind.
    """
    if isinstance(items, Mapping):
        items = [items]
    mark = _ANSWER_HAS[kind]
    answers = [item for item in items if isinstance(item, Mapping) and mark in item] if isinstance(items, list) else []
    others = [item for item in items if item not in answers] if answers else items
    return _receipts(kind, others), [reply for reply in _replies(kind, answers) if reply is not None]


_ANSWER_HAS = {"generic": "reply", "aliyun": "content", "tencent": "text"}
"""What an answer says and no receipt does."""


def _receipts(kind: str, items: Any) -> list[Receipt]:
    if kind == "aliyun":
        return [_aliyun(item) for item in AliyunReceiptIn(many=True).load(items)]
    if kind == "tencent":
        return [_tencent(item) for item in TencentReceiptIn(many=True).load(items)]
    return [Receipt(item["state"], own_id=item["id"]) for item in ReceiptIn(many=True).load(items)]


def _replies(kind: str, items: Any) -> list[Reply | None]:
    if kind == "aliyun":
        return [
            _reply(one["phone_number"], "", one["content"], one["sequence_id"] or "", one["send_time"] or "")
            for one in AliyunReplyIn(many=True).load(items)
        ]
    if kind == "tencent":
        return [
            _reply(one["mobile"], one["nationcode"] or "", one["text"], one["time"])
            for one in TencentReplyIn(many=True).load(items)
        ]
    return [_reply(one["sender"], "", one["reply"], one["reply_id"]) for one in ReplyIn(many=True).load(items)]


def _reply(phone: str, country: str, text: str, *told: object) -> Reply | None:
    """None where it comes from no number: from a service, as some networks do."""
    number = full_number(phone, country)
    return Reply(key_of(number, text, *told), number, text) if number is not None else None


def _aliyun(item: Mapping[str, Any]) -> Receipt:
    try:
        own_id = UUID(item["out_id"]) if item["out_id"] else None
    except ValueError:
        own_id = None
    state = "delivered" if item["success"] else "undelivered"
    return Receipt(state, own_id, item["biz_id"], unreachable=_no_such_number(item["err_code"]))


def _tencent(item: Mapping[str, Any]) -> Receipt:
    state = "delivered" if item["report_status"] == "SUCCESS" else "undelivered"
    return Receipt(state, serial=item["sid"], unreachable=_no_such_number(item["errmsg"]))


def _no_such_number(code: str | None) -> bool:
    return (code or "").upper().startswith(_NO_SUCH_NUMBER)


def is_authentic(
    provider: SmsProvider, key: str, body: bytes, *, signed: str, secret: str, address: str | None
) -> bool:
    """Whether a batch comes from that gateway.

    A generic one signs the body. Aliyun and Tencent sign nothing: theirs must come with the secret that stands in
    the address which the vendor was given, or from the vendor's networks, or both where both are set; with neither
    set nothing is taken.
    """
    if provider.kind == "generic":
        return same_text(signed, signature(provider.receipt_secret or key, body))
    checks = []
    if provider.receipt_secret:
        checks.append(same_text(secret, provider.receipt_secret))
    if provider.receipt_networks:
        checks.append(_within(address, provider.receipt_networks))
    return bool(checks) and all(checks)


def same_text(given: str, wanted: str) -> bool:
    """Compares without telling by its time how much of a secret was right."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _within(address: str | None, networks: Sequence[str]) -> bool:
    try:
        return address is not None and any(ip_address(address) in ip_network(one) for one in networks)
    except ValueError:
        return False


def thanks(kind: str, new: int) -> dict[str, Any]:
    """What the gateway wants to hear when its batch was taken."""
    if kind == "aliyun":
        return {"code": 0, "msg": "OK"}
    if kind == "tencent":
        return {"result": 0, "errmsg": "OK"}
    return {"new": new}

"""Faults of gateways that reach further: a door that is closed, requests that get lost, questions without answers."""

import httpx
import pytest

from notifications.testing.mailbox_process import Mailbox, until


def _sms(mailbox: Mailbox, own_id: str = "7f", **more: str) -> httpx.Response:
    return mailbox.post("/sms", json={"id": own_id, "to": "+8610000000001", "text": "您好", **more})


def test_the_door_is_really_closed_and_opens_again_by_itself(mailbox: Mailbox) -> None:
    with httpx.Client(trust_env=False) as kept:
        assert kept.get(f"{mailbox.url}/healthz").status_code == 200
        mailbox.fault("sms", "no-connection", lasting=1)

        def refused() -> bool:
            try:
                kept.get(f"{mailbox.url}/healthz")
            except httpx.ConnectError:
                return True
            except httpx.TransportError:
                return False
            return False

        until(refused)

    def is_back() -> bool:
        try:
            return mailbox.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    until(is_back)
    assert mailbox.get("/api/faults").json()["faults"] == []


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/sms", {}, {"id": "1", "to": "+8610000000001", "text": "x"}),
        ("/tencent/", {"X-TC-Action": "SendSms"}, {"PhoneNumberSet": ["+8610000000001"], "TemplateId": "1"}),
        ("/aliyun/?Action=SendSms&PhoneNumbers=10000000001", {"x-acs-action": "SendSms"}, {}),
    ],
)
def test_a_request_that_is_lost_was_not_taken(
    mailbox: Mailbox, path: str, headers: dict[str, str], body: dict[str, object]
) -> None:
    mailbox.fault("sms", "lose-request", remaining=1)
    with pytest.raises(httpx.RemoteProtocolError):
        mailbox.post(path, json=body, headers=headers)
    assert mailbox.messages() == []
    assert mailbox.post(path, json=body, headers=headers).status_code in (200, 202)


def test_a_question_fails_or_is_answered_wrongly(mailbox: Mailbox) -> None:
    assert _sms(mailbox).status_code == 202
    for kind, status in (("query-fails", 503), ("query-unknown", 404)):
        mailbox.fault("sms", kind, remaining=1)
        assert mailbox.get("/sms/7f").status_code == status
    assert mailbox.get("/sms/7f").status_code == 200


def test_receipts_of_several_messages_come_in_one_batch(mailbox: Mailbox) -> None:
    mailbox.fault("sms", "batch-receipts", remaining=3, seconds=3600)
    for own_id in ("a", "b", "c"):
        _sms(mailbox, own_id, callback="http://127.0.0.1:9/receipts")
    [batch] = mailbox.get("/api/receipts").json()["receipts"]
    assert [item["id"] for item in batch["items"]] == ["a", "b", "c"]
    _sms(mailbox, "d", callback="http://127.0.0.1:9/receipts")
    assert len(mailbox.get("/api/receipts").json()["receipts"]) == 2


@pytest.mark.parametrize("kind", ["generic", "aliyun", "tencent"])
def test_a_phone_answers_in_the_words_of_its_gateway(mailbox: Mailbox, kind: str) -> None:
    mailbox.fault("sms", "no-receipt", remaining=1)
    {
        "generic": lambda: _sms(mailbox, callback="http://127.0.0.1:9/r"),
        "aliyun": lambda: mailbox.post("/aliyun/?Action=SendSms&PhoneNumbers=10000000001"),
        "tencent": lambda: mailbox.post(
            "/tencent/", json={"PhoneNumberSet": ["+8610000000001"]}, headers={"X-TC-Action": "SendSms"}
        ),
    }[kind]()
    [kept] = mailbox.messages()
    if kind != "generic":
        assert mailbox.post(f"/api/messages/{kept['id']}/reply", json={"text": "TD"}).status_code == 404
        mailbox.post("/api/receivers", json={kind: "http://127.0.0.1:9/r"})
    assert mailbox.post(f"/api/messages/{kept['id']}/reply", json={"text": "TD"}).status_code == 202
    [told] = mailbox.get("/api/receipts").json()["receipts"]
    said = told["items"][0]
    assert {"generic": "reply", "aliyun": "content", "tencent": "text"}[kind] in said
    assert "TD" in said.values()
    mailbox.post("/api/receivers", json={kind: ""} if kind != "generic" else {})

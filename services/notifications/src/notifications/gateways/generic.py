"""Any gateway that takes JSON over HTTP: what is sent and how its answer is read stands in SMS_PROVIDERS."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from notifications.gateways.contract import Sms, exchanged, failed_status, http_client, json_object
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SmsProvider

DEFAULT_BODY = {"id": "((id))", "to": "((to))", "text": "((text))", "callback": "((callback))"}


class GenericGateway:
    """``POST url`` with a body made from a pattern; ``GET url/<id>`` asks what became of it, where that is offered."""

    needs_approval = False

    def __init__(self, provider: SmsProvider, callback: str, timeout: float) -> None:
        self.name = provider.name
        self._provider = provider
        self._url = provider.url.rstrip("/")
        self._callback = callback
        self.visible_after = timedelta(0) if provider.can_be_asked else None
        headers = {"Authorization": f"Bearer {provider.secret}"} if provider.secret else {}
        self._client = http_client(provider, timeout, headers)

    def send(self, sms: Sms) -> Outcome:
        values = {
            "id": str(sms.own_id),
            "to": sms.phone,
            "text": sms.text,
            "callback": self._callback,
            "code": sms.code,
        }
        body = _filled(self._provider.body or DEFAULT_BODY, values)
        answer = exchanged(self.name, lambda: self._client.post(self._url, json=body))
        return answer if isinstance(answer, Outcome) else self._outcome(answer)

    def _outcome(self, answer: httpx.Response) -> Outcome:
        failed = failed_status(self.name, answer)
        if failed is not None:
            return failed
        code = f"http-{answer.status_code}"
        if answer.status_code not in (200, 201, 202):
            return Outcome("refused", code, self.name)
        reading = self._provider.answer
        if not reading:
            return Outcome("sent", code, self.name)
        body = json_object(answer)
        said = str(_at(body, reading.get("code", "code")))[:80]
        if said in map(str, reading.get("taken", ["0"])):
            serial = str(_at(body, reading["serial"]) or "")[:80] if "serial" in reading else ""
            return Outcome("sent", said, self.name, serial=serial or None)
        if said in map(str, reading.get("throttled", [])):
            return Outcome("throttled", said, self.name, away=True)
        if said in map(str, reading.get("refused", [])):
            return Outcome("refused", said, self.name)
        return Outcome("later", said, self.name, away=True) if body else Outcome("unknown", code, self.name)

    def query(self, own_id: UUID, phone: str, handed_at: datetime) -> Outcome:
        if not self._provider.can_be_asked:
            return Outcome("unanswered", "cannot-be-asked", self.name)
        try:
            answer = self._client.get(f"{self._url}/{quote(str(own_id))}")
        except httpx.TransportError:
            return Outcome("unanswered", "no-answer", self.name, away=True)
        if answer.status_code == 404:
            return Outcome("not-taken", "http-404", self.name)
        if answer.status_code == 200:
            return Outcome("sent", "found-by-own-id", self.name)
        return Outcome("unanswered", f"http-{answer.status_code}", self.name)

    def close(self) -> None:
        self._client.close()


def _filled(pattern: Any, values: dict[str, str]) -> Any:
    """The pattern with ``((name))`` replaced in its texts; what is put in is never read again."""
    if isinstance(pattern, dict):
        return {name: _filled(part, values) for name, part in pattern.items()}
    if isinstance(pattern, list):
        return [_filled(part, values) for part in pattern]
    if not isinstance(pattern, str):
        return pattern
    pieces = pattern.split("((")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("))")
        filled.append(values[name] + rest if closed and name in values else f"(({piece}")
    return "".join(filled)


def _at(body: Any, path: str) -> Any:
    """What stands at ``data.code``."""
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body

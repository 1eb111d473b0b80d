"""SMS over HTTP gateways. One client per sender; safe to close at any time."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import httpx

from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SmsProvider
from notifications.wording.segments import count_segments


class GenericGateway:
    """A plain JSON gateway: ``POST url`` with {id, to, text, callback}, ``GET url/<id>`` to ask what became of it."""

    def __init__(self, provider: SmsProvider, callback: str, timeout: float) -> None:
        self.name = provider.name
        self._url = provider.url.rstrip("/")
        self._callback = callback
        headers = {"Authorization": f"Bearer {provider.token}"} if provider.token else {}
        self._client = httpx.Client(timeout=timeout, trust_env=False, headers=headers)

    def send(self, own_id: UUID, phone: str, text: str) -> Outcome:
        """Hand one SMS over. An answer that does not come leaves it unknown, never refused."""
        body = {"id": str(own_id), "to": phone, "text": text, "callback": self._callback}
        try:
            answer = self._client.post(self._url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Outcome("later", "no-connection", self.name, away=True)
        except httpx.TransportError:
            return Outcome("unknown", "answer-lost", self.name)
        return self._outcome(answer, count_segments(text, phone))

    def _outcome(self, answer: httpx.Response, segments: int) -> Outcome:
        status, code = answer.status_code, f"http-{answer.status_code}"
        if status in (200, 201, 202):
            return Outcome("sent", code, self.name, segments)
        if status == 429:
            return Outcome("throttled", code, self.name, after=_retry_after(answer))
        if status == 503:
            return Outcome("later", code, self.name, away=True)
        if status >= 500:
            return Outcome("unknown", code, self.name)
        return Outcome("refused", code, self.name)

    def query(self, own_id: UUID) -> Outcome:
        """Whether the gateway has taken a message with our id: sent, not-taken, or unanswered."""
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


def _retry_after(answer: httpx.Response) -> timedelta | None:
    value = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(value), 3600)) if value.isdigit() else None

"""What every adapter offers to the senders, and what it is given."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import httpx

from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SmsProvider

# At INFO httpx writes each address with its query, and queries hold telephone numbers.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Sms:
    """One SMS. `text` is what the recipient reads, signature included.

    `code` and `parameters` are the approved text and what goes into it, in the provider's order; both are empty
    where the provider takes any text.
    """

    own_id: UUID
    phone: str
    text: str
    code: str = ""
    parameters: Sequence[tuple[str, str]] = ()


class Gateway(Protocol):
    """One gateway. `needs_approval` says that it sends only texts that it approved.

    `visible_after` is how long after handing over "I do not know it" is to be believed; None means never.
    """

    name: str

    @property
    def needs_approval(self) -> bool: ...

    @property
    def visible_after(self) -> timedelta | None: ...

    def send(self, sms: Sms) -> Outcome:
        """Hand one SMS over. An answer that does not come leaves it unknown, never refused."""

    def query(self, own_id: UUID, phone: str, handed_at: datetime) -> Outcome:
        """What became of an SMS with our id: sent, not-taken, or unanswered."""

    def close(self) -> None:
        """Let go of connections."""


def http_client(provider: SmsProvider, timeout: float, headers: Mapping[str, str] | None = None) -> httpx.Client:
    return httpx.Client(timeout=timeout, trust_env=False, headers=dict(headers or {}), follow_redirects=False)


def exchanged(name: str, exchange: Callable[[], httpx.Response]) -> httpx.Response | Outcome:
    """The answer to a request that hands something over, or what its absence means."""
    try:
        return exchange()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        return Outcome("later", "no-connection", name, away=True)
    except httpx.TransportError:
        return Outcome("unknown", "answer-lost", name)


def failed_status(name: str, answer: httpx.Response) -> Outcome | None:
    """What an HTTP status says by itself; None for one whose body is to be read."""
    status, code = answer.status_code, f"http-{answer.status_code}"
    if status == 429:
        return Outcome("throttled", code, name, away=True, after=retry_after(answer))
    if status == 503:
        return Outcome("later", code, name, away=True)
    if status >= 500:
        return Outcome("unknown", code, name)
    return None


def retry_after(answer: httpx.Response) -> timedelta | None:
    """Retry-After in seconds (RFC 9110, section 10.2.3), an hour at most."""
    value = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(value), 3600)) if value.isdigit() else None


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """The body as an object; empty when it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

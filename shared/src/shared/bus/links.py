"""Opening and closing a link to the bus, with every wait bounded, and talking about it without its password."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from typing import Any, Protocol, Self, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["spool"] = "shared.bus.spool_transport:Transport"

LINK_ERRORS = (AMQPError, KombuError, OSError)
"""What a link that is lost, refused or misused raises. Answers that do not come in time are OSErrors too."""

RABBITMQ_SCHEMES = ("amqp", "amqps")
SPOOL_SCHEME = "spool"

TCP_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Linux only: how long sent bytes may stay unacknowledged."""

HEARTBEAT = 10
"""Seconds. A silent peer is given up after two of them, a frozen consumer loses its queue as late."""

CONNECT_TIMEOUT = 5
WRITE_TIMEOUT = 5
REPLY_TIMEOUT = 4
"""Seconds to wait for one answer. Below half a heartbeat, because each heartbeat frame starts the wait again."""


class Link(Protocol):
    """What is used of `kombu.Connection`, which carries no types."""

    def ensure_connection(self, *, max_retries: int) -> object: ...

    @property
    def connection(self) -> Any:
        """The client library's own connection."""

    def channel(self) -> Any: ...

    def drain_events(self, *, timeout: float) -> object: ...

    def heartbeat_check(self) -> object: ...

    def release(self) -> None:
        """Close politely."""

    def collect(self) -> None:
        """Drop the socket without a word."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


def open_link(
    bus_url: str,
    *,
    heartbeat: int | None = None,
    reply_timeout: float = REPLY_TIMEOUT,
    on_blocked: Callable[[str], None] | None = None,
    on_unblocked: Callable[[], None] | None = None,
) -> Link:
    """Connect once; raises one of LINK_ERRORS when that fails.

    `heartbeat` is in seconds; by default what the address asks for (`?heartbeat=5`), or HEARTBEAT.

    The reader's wait is bounded by SO_RCVTIMEO, the writer's by SO_SNDTIMEO: a broker that stops reading
    (memory or disk alarm) would hold a plain send for ever.
    """
    address, wanted = _heartbeat_of(bus_url)
    options: dict[str, object] = {}
    if is_rabbitmq(bus_url):
        options = {
            "read_timeout": reply_timeout,
            "write_timeout": WRITE_TIMEOUT,
            # amqp's own default of one second takes every short hiccup of a network for its end.
            "socket_settings": {TCP_USER_TIMEOUT: HEARTBEAT * 1000} if TCP_USER_TIMEOUT else None,
            "on_blocked": on_blocked,
            "on_unblocked": on_unblocked,
        }
    link: Link = cast(Any, Connection)(
        address,
        heartbeat=wanted if heartbeat is None else heartbeat,
        connect_timeout=CONNECT_TIMEOUT,
        transport_options=options,
    )
    try:
        # Connection.connect() would try twice, with two seconds of sleep between.
        link.ensure_connection(max_retries=0)
    except LINK_ERRORS:
        link.collect()
        raise
    return link


def _heartbeat_of(bus_url: str) -> tuple[str, int]:
    """The address without its heartbeat, and the heartbeat in seconds."""
    address, _, query = bus_url.partition("?")
    asked = parse_qs(query).get("heartbeat")
    return (address, int(asked[0])) if asked else (bus_url, HEARTBEAT)


def is_rabbitmq(bus_url: str) -> bool:
    """Tell RabbitMQ from the spool; raises ValueError for any other kind of bus."""
    scheme = urlsplit(bus_url).scheme
    if scheme in RABBITMQ_SCHEMES:
        return True
    if scheme == SPOOL_SCHEME:
        return False
    raise ValueError(f"no such bus: {scheme or 'an address without scheme'}; amqp, amqps and spool are known")


def public_address(bus_url: str) -> str:
    """The address as it may stand in a log: without user and password."""
    parts = urlsplit(bus_url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def error_text(error: BaseException, bus_url: str) -> str:
    """Say what went wrong in one line, without the password even where a library put it into its message."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    password = urlsplit(bus_url).password
    for secret in {password, unquote(password), quote(unquote(password), safe="")} if password else ():
        text = text.replace(secret, "***")
    return text[:500]


class Backoff:
    """Seconds to wait before the next attempt: doubling, with jitter so that services do not knock in step."""

    def __init__(self, first: float = 0.2, longest: float = 5.0) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def next(self) -> float:
        """Return the next wait, between half and all of the doubling bound."""
        bound = self._next
        self._next = min(self._longest, bound * 2)
        return random.uniform(bound / 2, bound)

    def reset(self) -> None:
        """Start again after a success."""
        self._next = self._first

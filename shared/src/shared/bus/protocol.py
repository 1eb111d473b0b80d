"""The bus as its users see it: what `connect` gives, on whichever bus."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from shared.bus.messages import OutboundMessage, Outcome, ReceivedMessage
from shared.bus.topology import Topology
from shared.forbidden import Forbidden

TakeBatch = Callable[[list[ReceivedMessage]], None]
"""Stores a batch for good. Returning means that all of it may be acknowledged; raising, that none may."""

WaitUntilReady = Callable[[threading.Event], None]
"""Returns when batches can be stored again, or when the given event (stop) is set."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a bus can do beyond carrying messages in order, at least once."""

    heartbeat: bool
    """Notices a link that is open on one side only."""
    users: bool
    """Knows who is connected and what that user may do."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of declaring a topology."""

    missing: frozenset[str]
    """Publishers with an exchange that does not exist yet: declare again later."""
    bound: frozenset[tuple[str, str]]
    """(queue, exchange) of every binding to another service that stands now.

    The broker does not tell new from old: whoever must ask for snapshots after the first binding remembers
    these pairs in its own database.
    """
    forbidden: frozenset[Forbidden] = frozenset()
    """What this user may not declare or bind; the rest was declared."""


class Publisher(Protocol):
    """Publishes over a link of its own. One thread at a time. Leaving the context closes the link."""

    @property
    def connected(self) -> bool: ...

    @property
    def last_error(self) -> str | None: ...

    @property
    def forbidden(self) -> frozenset[Forbidden]:
        """What this user may not do, by the latest answers."""
        ...

    def publish(self, messages: Sequence[OutboundMessage], wait: float) -> list[Outcome]:
        """Publish in the given order and wait up to `wait` seconds for the bus to have stored it.

        One outcome for each message, in the same order. Never raises for a bus that is away: the outcomes are
        UNKNOWN then and `last_error` says why. A message that the bus will never take has a final outcome.
        """
        ...

    def keep_alive(self) -> None:
        """Answer heartbeats; to be called about once a second while there is nothing to publish."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


class Receiver(Protocol):
    """Reads queues over a link of its own, in one thread."""

    @property
    def connected(self) -> bool: ...

    @property
    def last_error(self) -> str | None: ...

    @property
    def missing_queues(self) -> frozenset[str]: ...

    @property
    def forbidden(self) -> frozenset[Forbidden]:
        """What this user may not do, by the latest answers; the other queues are read meanwhile."""
        ...

    def run(
        self,
        stop: threading.Event,
        on_batch: TakeBatch,
        wait_until_ready: WaitUntilReady | None = None,
    ) -> None:
        """Receive until `stop` is set, reconnecting by itself. Returns within a second of `stop`.

        When `on_batch` raises `DatabaseAway`, the link is closed, which returns everything to the queues, and
        `wait_until_ready(stop)` is called before anything is read again. Any other exception of `on_batch`
        also returns everything to the queues, and is raised to the caller.
        """
        ...


class Bus(Protocol):
    """One bus address. Nothing is connected until something is declared, published or received."""

    @property
    def capabilities(self) -> Capabilities: ...

    def declare(self, topology: Topology) -> Declared: ...

    def missing_queues(self, queues: Iterable[str]) -> frozenset[str]:
        """Those of the queues that do not exist. Raises the bus's errors when it is away."""
        ...

    def publisher(self) -> Publisher: ...

    def receiver(self, queues: Sequence[str], prefetch: int = 1000) -> Receiver: ...

"""One connection that receives: consumers, what has arrived, and acknowledging it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any

from amqp.exceptions import AccessRefused

from shared.bus.declaring import has_queue
from shared.bus.links import LINK_ERRORS, Link
from shared.bus.messages import ReceivedMessage
from shared.bus.permissions import may_read

log = logging.getLogger(__name__)

GATHER = 0.004
"""Seconds to wait for more after the first message: one commit for many costs little delay."""

AT_HAND = 0.001
"""Seconds to wait for more after that: only for what is there already, so that a flood makes full batches."""

SLICE = 0.25
"""Seconds of one wait; a stop is looked for in between."""

RETRY_MISSING = 3.0
"""Seconds between looks for queues that did not exist."""


class LinkLost(Exception):
    """The connection is gone, and with it the right to acknowledge what came over it."""


class Session:
    """A connection with a consumer on each queue that exists.

    Every queue has its own prefetch; acknowledging goes by the order of arrival over all of them.
    """

    def __init__(self, connection: Link, queues: Sequence[str], prefetch: int, refused: Collection[str] = ()) -> None:
        """``refused`` are those of the queues that the broker did not let this user read a moment ago."""
        self._connection = connection
        self.refused = set(refused)
        self._prefetch = prefetch
        self._channel: Any = None
        self._arrived: deque[ReceivedMessage] = deque()
        self._waiting_for = list(queues)
        self._look_again = 0.0
        self._lost = False

    def open_queues(self) -> frozenset[str]:
        """Start to consume from queues that exist by now; return those that still do not.

        A missing queue closes the channel that asks for it, so each is asked for on a channel of its own. One that
        this user may not read takes the session with it (LinkLost); the next one asks first whether it may.
        """
        if not self._waiting_for or monotonic() < self._look_again:
            return self._missing()
        with self._link():
            if self._channel is None:
                self._channel = self._connection.channel()
                # amqp would decode bodies by their declared encoding, and so lose the bytes that came.
                self._channel.auto_decode = False
                self._channel.basic_qos(0, self._prefetch, False)
            self._waiting_for = [queue for queue in self._waiting_for if not self._consume(queue)]
        self._look_again = monotonic() + RETRY_MISSING
        missing = self._missing()
        if missing:
            log.warning("no such queue yet: %s", ", ".join(sorted(missing)))
        return missing

    def _missing(self) -> frozenset[str]:
        return frozenset(self._waiting_for) - self.refused

    def gather(self, most: int, stop: threading.Event) -> list[ReceivedMessage]:
        """Return what arrives first and shortly after it, up to `most`; nothing when nothing comes soon."""
        with self._link():
            self._connection.heartbeat_check()
            if not self._arrived:
                self._drain(SLICE)
            until = monotonic() + GATHER
            while self._arrived and len(self._arrived) < most and not stop.is_set():
                if not self._drain(max(until - monotonic(), AT_HAND)):
                    break
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    def acknowledge(self, batch: Sequence[ReceivedMessage]) -> None:
        """Acknowledge a batch as `gather` gave it: everything up to its last message."""
        with self._link():
            self._channel.basic_ack(batch[-1].delivery_tag, multiple=True)

    def close(self) -> None:
        """Return what was not acknowledged to the queues. Bounded; a lost link is only dropped."""
        if self._lost:
            self._connection.collect()
        else:
            # Politely: a socket closed with unread data in it may take the last acks with it.
            self._connection.release()

    def _consume(self, queue: str) -> bool:
        if not has_queue(self._connection, queue):
            self.refused.discard(queue)
            return False
        if queue in self.refused and not may_read(self._connection, queue):
            return False
        on_message = partial(self._on_message, queue)
        try:
            self._channel.basic_consume(queue, no_ack=False, callback=on_message, consumer_tag=queue)
        except AccessRefused:
            self.refused.add(queue)
            raise
        self.refused.discard(queue)
        return True

    def _on_message(self, queue: str, message: Any) -> None:
        self._arrived.append(received(queue, message))

    def _drain(self, timeout: float) -> bool:
        try:
            self._connection.drain_events(timeout=timeout)
        except TimeoutError:
            return False
        return True

    @contextmanager
    def _link(self) -> Iterator[None]:
        try:
            yield
        except LINK_ERRORS as error:
            self._lost = True
            raise LinkLost(f"{type(error).__name__}: {error}") from error


def received(queue: str, message: Any) -> ReceivedMessage:
    """Take over a message as the client library gives it; nothing in it is trusted or decoded."""
    properties = message.properties
    body = message.body
    return ReceivedMessage(
        queue=queue,
        body=body.encode() if isinstance(body, str) else bytes(body),
        content_type=properties.get("content_type"),
        content_encoding=properties.get("content_encoding"),
        headers=properties.get("application_headers") or {},
        message_id=properties.get("message_id"),
        type=properties.get("type"),
        app_id=properties.get("app_id"),
        redelivered=bool(message.delivery_info.get("redelivered")),
        delivery_tag=message.delivery_tag,
    )

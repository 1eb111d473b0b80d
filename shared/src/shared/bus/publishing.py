"""Publishing to RabbitMQ with pipelined publisher confirms, over a connection that receives nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic
from typing import Any, Self

from amqp.exceptions import NotFound

from shared.bus.confirms import ConfirmLedger
from shared.bus.links import LINK_ERRORS, Link, error_text, open_link, public_address
from shared.bus.messages import OutboundMessage, Outcome

log = logging.getLogger(__name__)

WINDOW = 500
"""Messages in flight. Measured on a quorum queue: 100 reach two thirds of this rate, 20 a half."""

POLL_EVERY = 50
"""Messages between two looks for answers while sending."""

SLICE = 0.5
"""Seconds. Every frame, a heartbeat too, starts a wait for events again: longer ones would outlast a deadline."""

PERSISTENT = 2


def properties_of(message: OutboundMessage) -> dict[str, object]:
    """The AMQP properties of a message; they repeat what the envelope in its body says."""
    properties: dict[str, object] = {
        "message_id": message.message_id,
        "type": message.type,
        "app_id": message.app_id,
        "timestamp": int(message.timestamp.timestamp()),
        "delivery_mode": PERSISTENT,
    }
    if message.correlation_id is not None:
        properties["correlation_id"] = message.correlation_id
    return properties


class RabbitPublisher:
    """The `Publisher` for RabbitMQ.

    Whatever goes wrong, the connection is thrown away and the next call opens another one: a channel that was
    closed by the broker comes back without confirm mode, and a connection that timed out still calls itself
    connected.
    """

    def __init__(self, bus_url: str, window: int = WINDOW) -> None:
        self._bus_url = bus_url
        self._window = window
        self._connection: Link | None = None
        self._channel: Any = None
        self._tags = count(1)
        self._ledger = ConfirmLedger([])
        self._blocked = False
        self.last_error: str | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection is open, as far as anybody on this side knows."""
        return self._connection is not None

    def publish(self, messages: Sequence[OutboundMessage], wait: float) -> list[Outcome]:
        """See `Publisher.publish`."""
        if not messages:
            return []
        deadline = monotonic() + wait
        self._ledger = ledger = ConfirmLedger(messages)
        while self._attempt(messages, ledger, deadline):
            ledger.start_again()
        if ledger.nacked:
            self.last_error = "the broker refused to store a message (nack)"
            log.warning("%s: %s", public_address(self._bus_url), self.last_error)
        return ledger.outcomes

    def keep_alive(self) -> None:
        """See `Publisher.keep_alive`."""
        if self._connection is None:
            return
        try:
            self._drain(0)
            self._connection.heartbeat_check()
        except LINK_ERRORS as error:
            self._throw_away(error)

    def close(self) -> None:
        """Close the connection; bounded, and silent when the broker is gone."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _attempt(self, messages: Sequence[OutboundMessage], ledger: ConfirmLedger, deadline: float) -> bool:
        """Send what has no answer and wait for the answers; tells whether another attempt will get further.

        A message for an exchange that does not exist takes the channel with it, and the answers for all before
        it. Only without that message do the others get through.
        """
        try:
            self._ensure_open()
            self._send(messages, ledger, deadline)
            self._drain_until(deadline, lambda: not ledger.in_flight)
            self.last_error = None
        except NotFound as error:
            self._throw_away(error)
            return ledger.settle_missing_exchanges(self._missing_exchanges(messages)) and monotonic() < deadline
        except LINK_ERRORS as error:
            self._throw_away(error)
        return False

    def _ensure_open(self) -> None:
        self.keep_alive()
        if self._connection is not None:
            return
        self._blocked = False
        self._connection = open_link(self._bus_url, on_blocked=self._on_blocked, on_unblocked=self._on_unblocked)
        # amqp polls the socket before each publish to hear of a block. The broker has been told that we want to
        # hear; forgetting it on this side saves a fifth of the time, since we poll ourselves, once for many.
        client = self._connection.connection
        client.client_properties = {**client.client_properties, "capabilities": {}}
        channel = self._connection.channel()
        channel.events["basic_ack"].add(lambda tag, multiple: self._ledger.on_ack(tag, multiple))
        channel.events["basic_nack"].add(lambda tag, multiple: self._ledger.on_nack(tag, multiple))
        channel.events["basic_return"].add(
            lambda error, exchange, key, message: self._ledger.on_return(message.properties.get("message_id"))
        )
        channel.confirm_select()
        self._channel = channel
        self._tags = count(1)

    def _send(self, messages: Sequence[OutboundMessage], ledger: ConfirmLedger, deadline: float) -> None:
        for sent, index in enumerate(ledger.pending()):
            message = messages[index]
            if sent % POLL_EVERY == 0:
                while self._drain(0):
                    pass
            if ledger.in_flight >= self._window or self._blocked:
                self._drain_until(deadline, lambda: ledger.in_flight < self._window and not self._blocked)
            if ledger.nacked:
                # The caller starts again at the refused one; what would overtake it is better not sent.
                return
            ledger.register(next(self._tags), index)
            self._channel.basic_publish(
                self._channel.prepare_message(
                    message.body,
                    content_type=message.content_type,
                    headers=dict(message.headers),
                    properties=properties_of(message),
                ),
                exchange=message.exchange,
                routing_key=message.routing_key,
                mandatory=True,
            )

    def _drain_until(self, deadline: float, done: Callable[[], bool]) -> None:
        assert self._connection is not None
        while not done():
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError("blocked by the broker" if self._blocked else "no confirm in time")
            self._drain(min(SLICE, left))
            self._connection.heartbeat_check()

    def _drain(self, timeout: float) -> bool:
        """Take one answer; tells whether there was one within `timeout` seconds."""
        assert self._connection is not None
        try:
            self._connection.drain_events(timeout=timeout)
        except TimeoutError:
            return False
        return True

    def _missing_exchanges(self, messages: Sequence[OutboundMessage]) -> set[str]:
        try:
            with open_link(self._bus_url) as connection:
                return {name for name in {message.exchange for message in messages} if is_missing(connection, name)}
        except LINK_ERRORS as error:
            log.warning("%s: %s", public_address(self._bus_url), error_text(error, self._bus_url))
            return set()

    def _throw_away(self, error: BaseException) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        self.last_error = error_text(error, self._bus_url)
        log.warning("publishing to %s: %s", public_address(self._bus_url), self.last_error)
        if connection is not None:
            # No polite close: a blocked or half-open peer does not answer it.
            connection.collect()

    def _on_blocked(self, reason: str) -> None:
        self._blocked = True
        log.warning("%s blocks publishing: %s", public_address(self._bus_url), reason)

    def _on_unblocked(self) -> None:
        self._blocked = False
        log.info("%s takes messages again", public_address(self._bus_url))


def is_missing(connection: Link, exchange: str) -> bool:
    """Ask whether an exchange does not exist, on a channel of its own because a 404 closes it."""
    channel = connection.channel()
    try:
        channel.exchange_declare(exchange, "topic", passive=True)
    except NotFound:
        return True
    channel.close()
    return False

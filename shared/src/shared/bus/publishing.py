"""Publishing to RabbitMQ with pipelined publisher confirms, over a connection that receives nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic
from typing import Any, Self

from amqp.exceptions import AMQPError

from shared.bus.confirms import ConfirmLedger
from shared.bus.frames import Unwritable, frames_of
from shared.bus.links import LINK_ERRORS, Link, error_text, open_link, public_address
from shared.bus.messages import OutboundMessage, Outcome
from shared.bus.permissions import sign_in_refused, user_of
from shared.forbidden import PUBLISH, SIGN_IN, Forbidden

log = logging.getLogger(__name__)

WINDOW = 500
"""Messages in flight. Measured on a quorum queue: 100 reach two thirds of this rate, 20 a half."""

TOGETHER = 16_000
"""Bytes that are handed to the system at once, about ten events; then we look for answers."""

SLICE = 0.5
"""Seconds. Every frame, a heartbeat too, starts a wait for events again: longer ones would outlast a deadline."""

BASIC_PUBLISH = (60, 40)
REFUSALS = {
    311: Outcome.TOO_LARGE,
    403: Outcome.FORBIDDEN,
    404: Outcome.NO_EXCHANGE,
    406: Outcome.TOO_LARGE,
}
"""What it means when the broker answers a publish by closing the channel (AMQP 0-9-1, reply codes)."""
FRAME_ERROR = 501
"""The reply code with which a connection is closed over a frame that cannot be taken."""


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
        self._forbidden: frozenset[Forbidden] = frozenset()
        self.last_error: str | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection is open, as far as anybody on this side knows."""
        return self._connection is not None

    @property
    def forbidden(self) -> frozenset[Forbidden]:
        """See `Publisher.forbidden`."""
        return self._forbidden

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
        self._note_forbidden(messages, ledger.outcomes)
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

    def _note_forbidden(self, messages: Sequence[OutboundMessage], outcomes: Sequence[Outcome]) -> None:
        """An exchange is forbidden until something is published there."""
        user = user_of(self._bus_url)
        refused, taken = set(), set()
        for message, outcome in zip(messages, outcomes, strict=True):
            if outcome is Outcome.FORBIDDEN:
                refused.add(Forbidden(PUBLISH, user, exchange=message.exchange))
            elif outcome is not Outcome.UNKNOWN:
                taken.add(Forbidden(PUBLISH, user, exchange=message.exchange))
        self._forbidden = self._forbidden - taken | refused

    def _attempt(self, messages: Sequence[OutboundMessage], ledger: ConfirmLedger, deadline: float) -> bool:
        """Send what has no answer and wait for the answers; tells whether another attempt will get further.

        A message that the broker refuses takes the channel with it, and the answers for all before it. Only
        without that message do the others get through.
        """
        try:
            self._ensure_open()
        except LINK_ERRORS as error:
            self._throw_away(error)
            self._forbidden |= sign_in_refused(error, self._bus_url)
            return False
        self._forbidden -= {Forbidden(SIGN_IN, user_of(self._bus_url))}
        try:
            self._send(messages, ledger, deadline)
            self._drain_until(deadline, lambda: not ledger.in_flight)
            self.last_error = None
        except LINK_ERRORS as error:
            self._throw_away(error)
            refusal = refusal_of(error)
            return refusal is not None and ledger.on_refusal(refusal) and monotonic() < deadline
        return False

    def _ensure_open(self) -> None:
        self.keep_alive()
        if self._connection is not None:
            return
        self._blocked = False
        self._connection = open_link(self._bus_url, on_blocked=self._on_blocked, on_unblocked=self._on_unblocked)
        channel = self._connection.channel()
        channel.events["basic_ack"].add(lambda tag, multiple: self._ledger.on_ack(tag, multiple))
        channel.events["basic_nack"].add(lambda tag, multiple: self._ledger.on_nack(tag, multiple))
        channel.events["basic_return"].add(
            lambda error, exchange, key, message: self._ledger.on_return(
                message.properties.get("message_id"), exchange, key
            )
        )
        channel.confirm_select()
        self._channel = channel
        self._tags = count(1)

    def _send(self, messages: Sequence[OutboundMessage], ledger: ConfirmLedger, deadline: float) -> None:
        assert self._connection is not None
        client = self._connection.connection
        unsent = bytearray()
        for index in ledger.pending():
            window = 1 if ledger.must_go_alone(index) else self._window
            full = ledger.in_flight >= window or self._blocked
            if full or len(unsent) >= TOGETHER:
                self._write(unsent)
                while self._drain(0):
                    pass
            if full:
                self._drain_until(deadline, lambda most=window: ledger.in_flight < most and not self._blocked)  # type: ignore[misc]
            if ledger.nacked:
                # The caller starts again at the refused one; what would overtake it is better not sent.
                break
            try:
                frames = frames_of(messages[index], self._channel.channel_id, client.frame_max)
            except Unwritable as error:
                log.warning("%s: %s", messages[index].message_id, error)
                ledger.outcomes[index] = Outcome.REFUSED
                continue
            ledger.register(next(self._tags), index)
            unsent += frames
        self._write(unsent)

    def _write(self, unsent: bytearray) -> None:
        if unsent:
            assert self._connection is not None
            self._connection.connection.transport.write(unsent)
            unsent.clear()

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


def refusal_of(error: BaseException) -> Outcome | None:
    """What the broker said of one message by closing the channel or the connection over it; None for all else."""
    if not isinstance(error, AMQPError):
        return None
    if error.reply_code == FRAME_ERROR:
        return Outcome.REFUSED
    if error.method_sig != BASIC_PUBLISH:
        return None
    return REFUSALS.get(error.reply_code)

"""Publishing to the spool: a message is confirmed when its file and the folder that holds it are synced."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic
from typing import Any, Self

from amqp.exceptions import NotFound

from shared.bus.frames import PERSISTENT
from shared.bus.links import LINK_ERRORS, Link, error_text, open_link, public_address
from shared.bus.messages import OutboundMessage, Outcome
from shared.forbidden import Forbidden

log = logging.getLogger(__name__)


class SpoolPublisher:
    """The `Publisher` for the spool."""

    def __init__(self, bus_url: str) -> None:
        self._bus_url = bus_url
        self._connection: Link | None = None
        self._channel: Any = None
        self.last_error: str | None = None

    @property
    def connected(self) -> bool:
        """Whether the folder is open."""
        return self._connection is not None

    @property
    def forbidden(self) -> frozenset[Forbidden]:
        """See `Publisher.forbidden`: a folder knows no users."""
        return frozenset()

    def publish(self, messages: Sequence[OutboundMessage], wait: float) -> list[Outcome]:
        """See `Publisher.publish`."""
        if not messages:
            return []
        stored: list[Outcome] = []
        deadline = monotonic() + wait
        try:
            self._ensure_open()
            with self._channel.batch():
                for message in messages:
                    if monotonic() > deadline:
                        break
                    stored.append(self._store(message))
            self.last_error = None
        except LINK_ERRORS as error:
            self._throw_away(error)
            # Without the last sync none of them is known to survive a power cut.
            stored = [outcome if outcome.is_final else Outcome.UNKNOWN for outcome in stored]
        return stored + [Outcome.UNKNOWN] * (len(messages) - len(stored))

    def keep_alive(self) -> None:
        """See `Publisher.keep_alive`: a folder needs none."""

    def close(self) -> None:
        """Let go of the folder."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _ensure_open(self) -> None:
        if self._connection is None:
            self._connection = open_link(self._bus_url)
            self._channel = self._connection.channel()

    def _store(self, message: OutboundMessage) -> Outcome:
        prepared = self._channel.prepare_message(
            message.body,
            content_type=message.content_type,
            headers=dict(message.headers),
            properties=properties_of(message),
        )
        try:
            queues: int = self._channel.basic_publish(prepared, message.exchange, message.routing_key)
        except NotFound:
            return Outcome.NO_EXCHANGE
        return Outcome.CONFIRMED if queues else Outcome.NO_QUEUE

    def _throw_away(self, error: BaseException) -> None:
        self.last_error = error_text(error, self._bus_url)
        log.warning("publishing to %s: %s", public_address(self._bus_url), self.last_error)
        self.close()


def properties_of(message: OutboundMessage) -> dict[str, object]:
    """The AMQP properties of a message by their names; they repeat what the envelope in its body says."""
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

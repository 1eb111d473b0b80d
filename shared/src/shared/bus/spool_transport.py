"""The spool as a transport of kombu: `spool:///absolute/path`.

Only what differs from AMQP on a broker is here; files are in `spool`, `spool_routes` and `spool_reading`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from queue import Empty
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed
from amqp.protocol import queue_declare_ok_t
from kombu.transport import virtual

from shared.bus.spool import Spool
from shared.bus.spool_reading import Claim, SpoolReader, waiting

POLLING_INTERVAL = 0.03
"""Seconds between looks at a folder. An idle look is one stat."""

AT_ONCE = 200
"""Most messages that one look takes from one queue."""


class Message:
    """A message as the spool gives it: shaped like py-amqp's, and as untouched."""

    def __init__(self, claim: Claim, delivery_tag: int) -> None:
        self.properties, self.body = unpacked(claim.content)
        self.delivery_tag = delivery_tag
        self.delivery_info = {"redelivered": claim.redelivered, "delivery_tag": delivery_tag}


def packed(message: dict[str, Any]) -> bytes:
    """Write a message as one line of properties (JSON) and the body as it is."""
    properties = {
        name: value
        for name, value in message["properties"].items()
        if name not in ("delivery_info", "delivery_tag", "priority", "body_encoding")
    }
    properties["content_type"] = message["content-type"]
    properties["content_encoding"] = message["content-encoding"]
    properties["application_headers"] = message["headers"]
    body = message["body"]
    return json.dumps(properties).encode() + b"\n" + (body.encode() if isinstance(body, str) else bytes(body))


def unpacked(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Read what `packed` wrote. A file that is nothing of the kind is a body without properties."""
    line, _, body = content.partition(b"\n")
    try:
        properties = json.loads(line)
    except ValueError:
        return {}, content
    if not isinstance(properties, dict):
        return {}, content
    return properties, body


class Channel(virtual.Channel):
    """A channel of the spool: routes by the shared table, and reads a queue only while it holds that queue."""

    do_restore = False

    def __init__(self, connection: Transport, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)  # type: ignore[no-untyped-call]
        self._spool = connection.spool
        self._readers: dict[str, SpoolReader] = {}
        self._consuming: dict[str, Callable[[Message], None]] = {}
        self._unacknowledged: dict[int, tuple[SpoolReader, Claim]] = {}
        self._tags = count(1)
        self._batching = False

    def exchange_declare(
        self,
        exchange: str = "",
        type: str = "direct",
        durable: bool = True,
        auto_delete: bool = False,
        arguments: object = None,
        nowait: bool = False,
        passive: bool = False,
    ) -> None:
        """Make an exchange, or with `passive` only ask for it (NotFound)."""
        if not passive:
            try:
                self._spool.routes.declare_exchange(exchange, type)
            except ValueError as error:
                raise PreconditionFailed(str(error)) from error
        elif exchange not in self._spool.routes.exchanges():
            raise NotFound(f"no exchange {exchange!r}")

    def exchange_delete(self, exchange: str, *args: Any, **kwargs: Any) -> None:
        """Remove an exchange with its bindings."""
        self._spool.routes.delete_exchange(exchange)

    def queue_declare(self, queue: str = "", passive: bool = False, **kwargs: Any) -> queue_declare_ok_t:
        """Make a queue, or with `passive` only ask for it (NotFound)."""
        if not passive:
            self._spool.declare_queue(queue)
        elif not self._spool.has_queue(queue):
            raise NotFound(f"no queue {queue!r}")
        return queue_declare_ok_t(queue, self._size(queue), 0)

    def queue_bind(
        self, queue: str, exchange: str | None = None, routing_key: str = "", *args: Any, **kwargs: Any
    ) -> None:
        """Bind a queue; NotFound when the queue or the exchange does not exist."""
        if not self._spool.has_queue(queue):
            raise NotFound(f"no queue {queue!r}")
        try:
            self._spool.routes.bind(queue, exchange or "", routing_key)
        except KeyError as error:
            raise NotFound(f"no exchange {exchange!r}") from error

    def queue_unbind(
        self, queue: str, exchange: str | None = None, routing_key: str = "", *args: Any, **kwargs: Any
    ) -> None:
        """Remove a binding."""
        self._spool.routes.unbind(queue, exchange, routing_key)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Sync the queues once for everything that is published inside."""
        self._batching = True
        try:
            yield
        finally:
            self._batching = False
        self._spool.sync_queues()

    def basic_publish(self, message: dict[str, Any], exchange: str, routing_key: str, **kwargs: Any) -> int:
        """Store a message in every queue that is bound for it, and say how many; NotFound without the exchange."""
        try:
            queues = self._spool.routes.queues_for(exchange, routing_key) if exchange else [routing_key]
        except KeyError as error:
            raise NotFound(f"no exchange {exchange!r}") from error
        if queues:
            self._spool.put(queues, packed(message))
            if not self._batching:
                self._spool.sync_queues()
        return len(queues)

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Message], None], consumer_tag: str, **kwargs: Any
    ) -> None:
        """Start to read a queue, as soon as no other process reads it."""
        super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)  # type: ignore[no-untyped-call]
        self._readers.setdefault(queue, SpoolReader(self._spool, queue))
        self._consuming[queue] = callback

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """Remove a message for good; with `multiple`, also all that came before it."""
        for tag in self._up_to(delivery_tag) if multiple else [delivery_tag]:
            reader, claim = self._unacknowledged.pop(tag)
            reader.acknowledge(claim)

    def basic_reject(self, delivery_tag: int, requeue: bool = False) -> None:
        """Put a message back to its place, or drop it."""
        reader, claim = self._unacknowledged.pop(delivery_tag)
        if requeue:
            reader.give_back(claim.name)
        else:
            reader.acknowledge(claim)

    def close(self) -> None:
        """Return what was not acknowledged and let other readers in."""
        if not self.closed:
            self._unacknowledged.clear()
            for reader in self._readers.values():
                reader.close()
            super().close()  # type: ignore[no-untyped-call]

    def _up_to(self, delivery_tag: int) -> list[int]:
        return [tag for tag in self._unacknowledged if tag <= delivery_tag]

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> None:
        """Hand over what waits in the queues that are read; raises Empty when that is nothing."""
        found = False
        for queue, deliver in self._consuming.items():
            room = self._room()
            reader = self._readers[queue]
            for claim in reader.claim(min(room, AT_ONCE)) if room > 0 else ():
                tag = next(self._tags)
                self._unacknowledged[tag] = (reader, claim)
                deliver(Message(claim, tag))
                found = True
        if not found:
            raise Empty

    def _room(self) -> int:
        prefetch = self.qos.prefetch_count
        return prefetch - len(self._unacknowledged) if prefetch else AT_ONCE

    def _size(self, queue: str) -> int:
        return waiting(self._spool.queue_folder(queue))

    def _purge(self, queue: str) -> int:
        reader = SpoolReader(self._spool, queue)
        claims = reader.claim(self._size(queue))
        for claim in claims:
            reader.acknowledge(claim)
        reader.close()
        return len(claims)


class Transport(virtual.Transport):
    """The spool in the folder that the address names."""

    Channel = Channel
    driver_type = "spool"
    driver_name = "spool"
    polling_interval = POLLING_INTERVAL
    can_parse_url = False

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)  # type: ignore[no-untyped-call]
        self.spool = Spool(Path("/", client.virtual_host or ""))

    def driver_version(self) -> str:
        """Part of kombu's interface."""
        return "1"

    def close_connection(self, connection: Transport) -> None:
        """Close all channels, and the files after them."""
        super().close_connection(connection)  # type: ignore[no-untyped-call]
        self.spool.close()

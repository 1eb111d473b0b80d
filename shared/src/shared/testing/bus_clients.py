"""Clients that are not ours: what another team's program, or a broken one, does to a bus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pika
from pika.adapters.blocking_connection import BlockingChannel

from shared.bus.spool import Spool
from shared.bus.spool_reading import waiting
from shared.bus.spool_transport import packed


class ForeignClient(Protocol):
    """Sends anything, and looks into queues."""

    def send(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None: ...

    def waiting(self, queue: str) -> int:
        """Count the messages that wait and that nobody holds."""
        ...

    def close(self) -> None: ...


class PikaClient:
    """RabbitMQ through pika, which shares no line with what is tested."""

    def __init__(self, bus_url: str) -> None:
        # kombu reads host// as the virtual host "/", where the URI specification asks for host/%2F.
        address = bus_url[:-1] + "%2F" if bus_url.endswith("//") else bus_url
        self._connection = pika.BlockingConnection(pika.URLParameters(address))
        self.channel: BlockingChannel = self._connection.channel()
        self.channel.confirm_delivery()

    def send(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        """Publish one message and wait for its confirm."""
        properties = pika.BasicProperties(
            content_type=content_type,
            content_encoding=content_encoding,
            headers=dict(headers) if headers else None,
            delivery_mode=2,
        )
        self.channel.basic_publish(exchange, routing_key, body, properties)

    def waiting(self, queue: str) -> int:
        """Count the ready messages."""
        count: int = self.channel.queue_declare(queue, passive=True).method.message_count
        return count

    def drain(self, queue: str) -> list[bytes]:
        """Take everything that waits, in order. Single getting is not supported where one consumer is active."""
        bodies: list[bytes] = []
        most = self.waiting(queue)
        if most:
            for _, _, body in self.channel.consume(queue, auto_ack=True):
                bodies.append(body)
                if len(bodies) == most:
                    break
            self.channel.cancel()
        return bodies

    def delete(self, *queues: str) -> None:
        """Remove queues, so that a broker that lives on does not fill up."""
        for queue in queues:
            self.channel.queue_delete(queue)

    def close(self) -> None:
        """Close the connection."""
        if self._connection.is_open:
            self._connection.close()


class SpoolClient:
    """Writes files into a spool by hand."""

    def __init__(self, root: Path) -> None:
        self._spool = Spool(root)

    def send(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        """Store one message."""
        message = {
            "properties": {},
            "content-type": content_type,
            "content-encoding": content_encoding,
            "headers": dict(headers or {}),
            "body": body,
        }
        self._spool.put(self._spool.routes.queues_for(exchange, routing_key), packed(message))

    def waiting(self, queue: str) -> int:
        """Count the files that nobody claimed."""
        return waiting(self._spool.queue_folder(queue))

    def close(self) -> None:
        """Let go of open files."""
        self._spool.close()

"""From an address to a bus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.bus.declaring import declare, missing_queues
from shared.bus.links import is_rabbitmq
from shared.bus.protocol import Bus, Capabilities, Declared, Publisher, Receiver
from shared.bus.publishing import RabbitPublisher
from shared.bus.receiving import QueueReceiver
from shared.bus.spool_publishing import SpoolPublisher
from shared.bus.topology import Topology

RABBITMQ = Capabilities(heartbeat=True, users=True)
SPOOL = Capabilities(heartbeat=False, users=False)


@dataclass(frozen=True, slots=True)
class _Bus:
    bus_url: str
    capabilities: Capabilities

    def __repr__(self) -> str:
        return f"Bus({'rabbitmq' if self.capabilities.users else 'spool'})"

    def declare(self, topology: Topology) -> Declared:
        return declare(self.bus_url, topology)

    def missing_queues(self, queues: Iterable[str]) -> frozenset[str]:
        return missing_queues(self.bus_url, queues)

    def publisher(self) -> Publisher:
        if self.capabilities == SPOOL:
            return SpoolPublisher(self.bus_url)
        return RabbitPublisher(self.bus_url)

    def receiver(self, queues: Sequence[str], prefetch: int = 1000) -> Receiver:
        return QueueReceiver(self.bus_url, queues, prefetch)


def connect(bus_url: str) -> Bus:
    """Return the bus at `bus_url` (`amqp://…`, `amqps://…` or `spool:///absolute/path`); opens no link yet.

    Raises ValueError when it is no such address.
    """
    return _Bus(bus_url, RABBITMQ if is_rabbitmq(bus_url) else SPOOL)

"""Which exchanges, queues and bindings a service needs: names only, no connection.

Only immutable arguments stand here. Limits, dead-lettering and the like are policies of the broker, because
an argument that changes makes a queue undeclarable (406) for the other release that is still running.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

QUEUE_ARGUMENTS: dict[str, object] = {"x-queue-type": "quorum", "x-single-active-consumer": True}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange; `type` is 'topic' or 'direct'."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Binding:
    """`queue` gets what is published to `exchange` under `routing_key` (a pattern on a topic exchange)."""

    queue: str
    exchange: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Consumption:
    """A wish to read a publisher's events.

    `queue` and `exchange` are named only where they differ from `<consumer>.<publisher>-events` and
    `<publisher>.events`; snapshots then travel on that exchange too.
    """

    publisher: str
    queue: str | None = None
    exchange: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignBinding:
    """A binding to an exchange that another service declares and that may not be there yet."""

    publisher: str
    binding: Binding


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that one service declares. `queues` are those that it reads from."""

    service: str
    exchanges: tuple[Exchange, ...]
    queues: tuple[str, ...]
    bindings: tuple[Binding, ...]
    foreign_bindings: tuple[ForeignBinding, ...] = field(default=())


def events_exchange(service: str) -> str:
    """The exchange of everything that a service publishes for everybody."""
    return f"{service}.events"


def contacts_exchange(service: str) -> str:
    """The exchange of contact details, which only notifications may read."""
    return f"{service}.contacts"


def requests_exchange(service: str) -> str:
    """The exchange that takes requests for a service's snapshots; the queue behind it has the same name."""
    return f"{service}.requests"


def snapshots_exchange(service: str) -> str:
    """The direct exchange of a service's snapshots; the routing key is the asking consumer's queue."""
    return f"{service}.snapshots"


def events_queue(consumer: str, publisher: str) -> str:
    """The queue in which `consumer` finds the events of `publisher`."""
    return f"{consumer}.{publisher}-events"


def topology_for(service_name: str, publishes_contacts: bool = False, consumes: Iterable[Consumption] = ()) -> Topology:
    """Describe what `service_name` declares: exchanges and queues of its own, bindings to other services'."""
    exchanges = [
        Exchange(events_exchange(service_name), "topic"),
        Exchange(requests_exchange(service_name), "topic"),
        Exchange(snapshots_exchange(service_name), "direct"),
    ]
    if publishes_contacts:
        exchanges.append(Exchange(contacts_exchange(service_name), "topic"))
    requests = requests_exchange(service_name)
    queues = [requests]
    foreign: list[ForeignBinding] = []
    for wish in consumes:
        queue = wish.queue or events_queue(service_name, wish.publisher)
        if queue in queues:
            raise ValueError(f"queue {queue} is declared twice by {service_name}")
        queues.append(queue)
        foreign += [ForeignBinding(wish.publisher, binding) for binding in _bindings_of(wish, queue)]
    return Topology(
        service=service_name,
        exchanges=tuple(exchanges),
        queues=tuple(queues),
        bindings=(Binding(requests, requests, "#"),),
        foreign_bindings=tuple(foreign),
    )


def _bindings_of(wish: Consumption, queue: str) -> list[Binding]:
    exchange = wish.exchange or events_exchange(wish.publisher)
    # Contact details may stand on their own exchange only, so what is sent to this queue alone is addressed there.
    alone = wish.exchange or snapshots_exchange(wish.publisher)
    return [Binding(queue, exchange, f"{wish.publisher}.#"), Binding(queue, alone, queue)]

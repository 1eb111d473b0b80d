"""Declaring a topology on a bus."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from amqp.exceptions import NotFound

from shared.bus.links import Link, is_rabbitmq, open_link, public_address
from shared.bus.protocol import Declared
from shared.bus.topology import QUEUE_ARGUMENTS, Binding, Topology

log = logging.getLogger(__name__)

DECLARE_TIMEOUT = 30
"""Seconds for one answer: a quorum queue is made by electing a leader among its members."""


def declare(bus_url: str, topology: Topology) -> Declared:
    """Declare what the service owns and bind what it reads; safe to repeat, and to be called by two at once.

    An exchange of another service that does not exist yet is no error: its publisher is reported as missing.
    Raises one of LINK_ERRORS when the bus is away or refuses, for example for want of a permission.
    """
    # Without heartbeats, because nobody would answer them, and each one would start the wait again.
    with open_link(bus_url, heartbeat=0, reply_timeout=DECLARE_TIMEOUT) as connection:
        channel = connection.channel()
        for exchange in topology.exchanges:
            channel.exchange_declare(exchange.name, exchange.type, durable=True, auto_delete=False)
        arguments = QUEUE_ARGUMENTS if is_rabbitmq(bus_url) else None
        for queue in topology.queues:
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        for binding in topology.bindings:
            channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        channel.close()
        missing: set[str] = set()
        bound: set[tuple[str, str]] = set()
        for foreign in topology.foreign_bindings:
            if _bind(connection, foreign.binding):
                bound.add((foreign.binding.queue, foreign.binding.exchange))
            else:
                missing.add(foreign.publisher)
    if missing:
        names = ", ".join(sorted(missing))
        log.info("%s: %s cannot read yet from %s", public_address(bus_url), topology.service, names)
    return Declared(frozenset(missing), frozenset(bound))


def missing_queues(bus_url: str, queues: Iterable[str]) -> frozenset[str]:
    """Those of the queues that do not exist. Raises one of LINK_ERRORS when the bus is away."""
    with open_link(bus_url, heartbeat=0, reply_timeout=DECLARE_TIMEOUT) as connection:
        return frozenset(queue for queue in queues if not has_queue(connection, queue))


def has_queue(connection: Link, queue: str) -> bool:
    """Ask for a queue, on a channel of its own because a missing one closes it."""
    channel = connection.channel()
    try:
        channel.queue_declare(queue, passive=True)
    except NotFound:
        return False
    channel.close()
    return True


def _bind(connection: Link, binding: Binding) -> bool:
    channel = connection.channel()
    try:
        channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
    except NotFound:
        # The broker has closed this channel; the client would reuse it half set up.
        return False
    channel.close()
    return True

"""Declaring a topology on a bus."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from amqp.exceptions import AccessRefused, NotFound

from shared.bus.links import Link, is_rabbitmq, open_link, public_address
from shared.bus.permissions import user_of
from shared.bus.protocol import Declared
from shared.bus.topology import QUEUE_ARGUMENTS, Binding, Exchange, Topology
from shared.forbidden import BIND, DECLARE_EXCHANGE, DECLARE_QUEUE, Forbidden

log = logging.getLogger(__name__)

DECLARE_TIMEOUT = 30
"""Seconds for one answer: a quorum queue is made by electing a leader among its members."""


def declare(bus_url: str, topology: Topology) -> Declared:
    """Declare what the service owns and bind what it reads; safe to repeat, and to be called by two at once.

    An exchange of another service that does not exist yet is no error: its publisher is reported as missing. Nor is
    what the broker forbids this user: it is told, and everything else is declared. Raises one of LINK_ERRORS when the
    bus is away, lets nobody in, or refuses for another reason than a permission.
    """
    arguments = QUEUE_ARGUMENTS if is_rabbitmq(bus_url) else None
    # Without heartbeats, because nobody would answer them, and each one would start the wait again.
    with open_link(bus_url, heartbeat=0, reply_timeout=DECLARE_TIMEOUT) as connection:
        asking = _Asking(connection, user_of(bus_url))
        for exchange in topology.exchanges:
            asking.declare_exchange(exchange)
        for queue in topology.queues:
            asking.declare_queue(queue, arguments)
        for binding in topology.bindings:
            asking.bind(binding)
        answers = {foreign: asking.bind(foreign.binding) for foreign in topology.foreign_bindings}
    missing = frozenset(foreign.publisher for foreign, answer in answers.items() if answer is _Answer.MISSING)
    bound = frozenset(
        (foreign.binding.queue, foreign.binding.exchange)
        for foreign, answer in answers.items()
        if answer is _Answer.DONE
    )
    if missing:
        names = ", ".join(sorted(missing))
        log.info("%s: %s cannot read yet from %s", public_address(bus_url), topology.service, names)
    return Declared(missing, bound, frozenset(asking.forbidden))


class _Answer(Enum):
    DONE = "done"
    MISSING = "missing"
    """The exchange does not exist."""
    FORBIDDEN = "forbidden"


class _Asking:
    """Asks the broker for one thing after the other. What it refuses closes the channel, and the next has a new one.

    The client would reuse the closed one half set up.
    """

    def __init__(self, connection: Link, user: str) -> None:
        self._connection = connection
        self._user = user
        self._channel: Any = None
        self.forbidden: set[Forbidden] = set()

    def declare_exchange(self, exchange: Exchange) -> None:
        refused = Forbidden(DECLARE_EXCHANGE, self._user, exchange=exchange.name)
        self._ask(
            refused,
            lambda channel: channel.exchange_declare(exchange.name, exchange.type, durable=True, auto_delete=False),
        )

    def declare_queue(self, queue: str, arguments: dict[str, object] | None) -> None:
        refused = Forbidden(DECLARE_QUEUE, self._user, queue=queue)
        self._ask(
            refused, lambda channel: channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        )

    def bind(self, binding: Binding) -> _Answer:
        if Forbidden(DECLARE_QUEUE, self._user, queue=binding.queue) in self.forbidden:
            # Whether it is there or not: that it may not be declared is what has to be known.
            return _Answer.FORBIDDEN
        refused = Forbidden(BIND, self._user, binding.queue, binding.exchange)
        return self._ask(
            refused, lambda channel: channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        )

    def _ask(self, refused: Forbidden, attempt: Callable[[Any], object]) -> _Answer:
        if self._channel is None:
            self._channel = self._connection.channel()
        try:
            attempt(self._channel)
        except NotFound:
            self._channel = None
            if refused.action != BIND:
                raise
            return _Answer.MISSING
        except AccessRefused:
            self._channel = None
            self.forbidden.add(refused)
            return _Answer.FORBIDDEN
        return _Answer.DONE


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

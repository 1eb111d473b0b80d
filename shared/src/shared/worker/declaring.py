"""Declaring what the service needs on the bus, and asking for snapshots where a queue is new."""

import logging
from collections.abc import Iterable

from sqlalchemy import select

from shared.bus import Bus, Consumption, Topology, snapshots_exchange, topology_for
from shared.database.tables import BoundQueue
from shared.inbox.reactions import Reactions
from shared.inbox.requests import ask_for_snapshot
from shared.runtime import Runtime
from shared.service import Service

log = logging.getLogger(__name__)


def topology(service: Service) -> Topology:
    """What the service declares, from its registry and its reactions."""
    own_contacts = any(event_type.exchange == f"{service.name}.contacts" for event_type in service.registry)
    return topology_for(
        service.name,
        publishes_contacts=own_contacts,
        consumes=[
            Consumption(
                publisher=reactions.publisher,
                queue=service.queue(reactions),
                exchange=None if _is_plain(reactions) else reactions.exchange,
                needs_snapshots=bool(reactions.snapshot_nouns),
            )
            for reactions in service.reactions
        ],
    )


def _is_plain(reactions: Reactions) -> bool:
    return reactions.exchange == f"{reactions.publisher}.events"


def declare(runtime: Runtime, bus: Bus) -> frozenset[str]:
    """Declare everything; returns the publishers that are not there yet, to be tried again.

    Raises the bus's errors when it is away. A queue whose bindings stand for the first time asks for snapshots of
    all nouns that its service understands.
    """
    declared = bus.declare(topology(runtime.service))
    _remember(runtime, declared.bound)
    return declared.missing


def _remember(runtime: Runtime, bound: Iterable[tuple[str, str]]) -> None:
    now_bound = set(bound)
    with runtime.unit_of_work() as work:
        known = {(row.queue, row.exchange) for row in work.session.scalars(select(BoundQueue))}
        for queue, exchange in sorted(now_bound - known):
            work.session.add(BoundQueue(queue=queue, exchange=exchange, bound_at=work.now))
        for reactions in runtime.service.reactions:
            queue = runtime.service.queue(reactions)
            needed = _needed_bindings(reactions, queue)
            if needed <= now_bound and not needed <= known:
                for noun in reactions.snapshot_nouns:
                    ask_for_snapshot(work, runtime.service, reactions, noun=noun)
                    log.info("asked for snapshots", extra={"queue": queue, "noun": noun})


def _needed_bindings(reactions: Reactions, queue: str) -> set[tuple[str, str]]:
    needed = {(queue, reactions.exchange)}
    if reactions.snapshot_nouns and _is_plain(reactions):
        needed.add((queue, snapshots_exchange(reactions.publisher)))
    return needed

"""Declaring what the service needs on the bus, and asking for what is not known where a queue is new, or was lost."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.bus import Bus, Consumption, Declared, Topology, snapshots_exchange, topology_for
from shared.database.tables import BoundQueue, InboxRow
from shared.identifiers import made_at
from shared.inbox.reactions import Reactions
from shared.inbox.release_needs import forget_the_dead, note_leaving, note_needs
from shared.inbox.requests import ask_for_replay, ask_for_snapshot
from shared.runtime import Runtime
from shared.service import Service

log = logging.getLogger(__name__)

LOST = "(lost)"
"""Instead of an exchange, at a queue that is gone; the time is from when on its events are to be asked for."""

MARGIN = timedelta(minutes=10)
"""For clocks of other machines, and for transactions that were open for long."""


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
            )
            for reactions in service.reactions
        ],
    )


def _is_plain(reactions: Reactions) -> bool:
    return reactions.exchange == f"{reactions.publisher}.events"


def declare(runtime: Runtime, bus: Bus) -> Declared:
    """Declare everything; tells the publishers that are not there yet, and what is forbidden, to be tried again.

    Raises the bus's errors when it is away. A queue whose bindings stand for the first time asks for snapshots of
    all nouns that its service understands. A queue that was bound once and is gone has lost what waited in it, and
    what was published meanwhile: it asks for those events once more, and for the snapshots after them.
    """
    needed = topology(runtime.service)
    _note_losses(runtime, bus.missing_queues(needed.queues))
    declared = bus.declare(needed)
    _remember(runtime, declared.bound)
    return declared


def _note_losses(runtime: Runtime, missing: frozenset[str]) -> None:
    """Remember which queues are gone before they are made again: afterwards nothing would tell, were we to die here."""
    with runtime.reading() as session:
        bound = {row.queue for row in session.scalars(select(BoundQueue)) if row.queue in missing}
    if not bound:
        return
    with runtime.unit_of_work() as work:
        for queue in sorted(bound):
            if work.session.get(BoundQueue, (queue, LOST)) is None:
                since = _last_sign(work.session, queue) - MARGIN
                work.session.add(BoundQueue(queue=queue, exchange=LOST, bound_at=since))
                log.warning("a queue is gone", extra={"queue": queue, "since": since.isoformat()})


def _last_sign(session: Session, queue: str) -> datetime:
    """When what we last took from the queue was recorded: whatever was lost was recorded later.

    Not when it arrived: a backlog that was recorded long ago may have been lost with its end.
    """
    latest = select(InboxRow.event_id, InboxRow.received_at).where(InboxRow.queue == queue)
    last = session.execute(latest.order_by(InboxRow.id.desc()).limit(1)).first()
    if last is not None:
        arrived: datetime = last.received_at
        return min(made_at(last.event_id) or arrived, arrived)
    bound = select(func.min(BoundQueue.bound_at)).where(BoundQueue.queue == queue)
    first: datetime = session.execute(bound).scalar_one()
    return first


def _remember(runtime: Runtime, bound: Iterable[tuple[str, str]]) -> None:
    now_bound = set(bound)
    with runtime.unit_of_work() as work:
        rows = {(row.queue, row.exchange): row for row in work.session.scalars(select(BoundQueue))}
        for queue, exchange in sorted(now_bound - set(rows)):
            work.session.add(BoundQueue(queue=queue, exchange=exchange, bound_at=work.now))
        for reactions in runtime.service.reactions:
            queue = runtime.service.queue(reactions)
            needed, nouns = _needed_bindings(reactions, queue), reactions.snapshot_nouns
            if not needed <= now_bound:
                continue
            lost = rows.get((queue, LOST))
            if lost is not None:
                ask_for_replay(work, runtime.service, reactions, since=lost.bound_at, then=nouns)
                work.session.delete(lost)
                log.info("asked for a replay", extra={"queue": queue, "since": lost.bound_at.isoformat()})
            elif not needed <= set(rows):
                for noun in nouns:
                    ask_for_snapshot(work, runtime.service, reactions, noun=noun)
                    log.info("asked for snapshots", extra={"queue": queue, "noun": noun})
            note_needs(work, runtime.service, reactions, ask=lost is None and needed <= set(rows))


def keep_needs(runtime: Runtime) -> None:
    """Renew the notes of what this release needs; what is needed for the first time asks for snapshots.

    Before a queue is bound nothing is noted for it: what comes of its first binding is asked for with that.
    """
    with runtime.unit_of_work() as work:
        rows = {(row.queue, row.exchange) for row in work.session.scalars(select(BoundQueue))}
        forget_the_dead(work, runtime.service)
        for reactions in runtime.service.reactions:
            queue = runtime.service.queue(reactions)
            if _needed_bindings(reactions, queue) <= rows and (queue, LOST) not in rows:
                note_needs(work, runtime.service, reactions, ask=True)


def leave_needs(runtime: Runtime) -> None:
    """Let go of what this release needs, at the end of a worker."""
    with runtime.unit_of_work() as work:
        note_leaving(work, runtime.service)


def _needed_bindings(reactions: Reactions, queue: str) -> set[tuple[str, str]]:
    needed = {(queue, reactions.exchange)}
    if _is_plain(reactions):
        needed.add((queue, snapshots_exchange(reactions.publisher)))
    return needed

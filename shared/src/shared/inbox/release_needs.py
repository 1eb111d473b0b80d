"""Which types of events the releases of this service need that run now: two of them do while one replaces the other.

A release passes over what it does not need, and an event that was passed over is gone for the release that is being
rolled out. So each worker notes down what it needs and renews the note; what another living release alone needs is
left to it. A note that is new asks for the snapshots of its noun: what went by before nobody here had read.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from shared.database import UnitOfWork, dialect_of, insert_on
from shared.database.leases import database_now
from shared.database.tables import InboxRow, NeededType
from shared.events.envelope import TYPE_PREFIX
from shared.inbox.reactions import Reactions
from shared.inbox.requests import ask_for_snapshot
from shared.service import Service

log = logging.getLogger(__name__)

LIVING = timedelta(seconds=45)
"""How long a note counts after it was renewed: so long waits what only a release needs that was killed."""
RENEWED_EVERY_SECONDS = 5.0
LEAVING = timedelta(seconds=8)
"""How long a note counts after its worker ended in order: another worker of the same release renews it meanwhile."""


def note_needs(work: UnitOfWork, service: Service, reactions: Reactions, *, ask: bool) -> None:
    """Note down, or renew, what this release needs of one queue.

    With ``ask``, what is noted for the first time asks for the snapshots of its noun, where those are understood.
    Another major of an event that was read already says nothing new, and asks for nothing.
    """
    queue, own = service.queue(reactions), types_of(reactions)
    now = database_now(dialect_of(work.session))
    known = set(work.session.scalars(select(NeededType.type).where(NeededType.queue == queue)))
    added = _insert(work.session, [{"queue": queue, "type": each, "seen_at": now} for each in sorted(own - known)])
    renewed = select(NeededType.type).where(NeededType.queue == queue, NeededType.type.in_(own & known))
    mine = work.session.scalars(renewed.order_by(NeededType.type).with_for_update(skip_locked=True)).all()
    if mine:
        seen = update(NeededType).where(NeededType.queue == queue, NeededType.type.in_(mine)).values(seen_at=now)
        work.session.execute(seen.execution_options(synchronize_session=False))
    if ask:
        read_before = {_name(each) for each in known}
        nouns = {_noun(each) for each in added if _name(each) not in read_before}
        for noun in sorted(nouns & set(reactions.snapshot_nouns)):
            ask_for_snapshot(work, service, reactions, noun=noun)
            log.info("asked for snapshots of what is read from now on", extra={"queue": queue, "noun": noun})


def forget_the_dead(work: UnitOfWork, service: Service) -> None:
    """Forget what only releases need that run no more. Should one come back, it asks for what went by meanwhile."""
    own = [(service.queue(reactions), kind) for reactions in service.reactions for kind in types_of(reactions)]
    dead = NeededType.seen_at < database_now(dialect_of(work.session), -LIVING)
    work.session.execute(delete(NeededType).where(dead, tuple_(NeededType.queue, NeededType.type).not_in(own)))


def note_leaving(work: UnitOfWork, service: Service) -> None:
    """A worker ends: unless another one of its release renews the notes, nothing waits for it much longer."""
    own = [(service.queue(reactions), kind) for reactions in service.reactions for kind in types_of(reactions)]
    ending = database_now(dialect_of(work.session), LEAVING - LIVING)
    mine = tuple_(NeededType.queue, NeededType.type).in_(own) & (NeededType.seen_at > ending)
    left = update(NeededType).where(mine).values(seen_at=ending)
    work.session.execute(left.execution_options(synchronize_session=False))


def left_to_others(session: Session, service: Service) -> ColumnElement[bool] | None:
    """Inbox rows that only another living release of this service needs; None while there is no such release.

    Of a noun that this release reads nothing of, that is every event: the gaps between them are for the other one to
    see. Majors of an event that is read here are no reason to wait; whoever comes to the second twin has the effect.
    """
    living = select(NeededType.queue, NeededType.type).where(
        NeededType.seen_at >= database_now(dialect_of(session), -LIVING)
    )
    own = {service.queue(reactions): types_of(reactions) for reactions in service.reactions}
    conditions = []
    for queue, kind in session.execute(living):
        mine = own.get(queue, frozenset())
        if _name(kind) in {_name(each) for each in mine}:
            continue
        if _noun(kind) in {_noun(each) for each in mine}:
            conditions.append((InboxRow.queue == queue) & (InboxRow.type == kind))
        else:
            of_the_noun = InboxRow.type.startswith(kind.partition(f".{_noun(kind)}.")[0] + f".{_noun(kind)}.")
            conditions.append((InboxRow.queue == queue) & of_the_noun)
    return or_(*conditions) if conditions else None


def types_of(reactions: Reactions) -> frozenset[str]:
    """The full types that are reacted to."""
    return frozenset(
        f"{TYPE_PREFIX}{reactions.publisher}.{reaction.name}.v{reaction.version}" for reaction in reactions
    )


def _name(kind: str) -> str:
    """The type without its major version."""
    return kind.rpartition(".v")[0]


def _noun(kind: str) -> str:
    return _name(kind).split(".")[-2]


def _insert(session: Session, rows: Iterable[dict[str, Any]]) -> list[str]:
    """Insert what another process has not inserted meanwhile; returns the types that are new."""
    insert = insert_on(dialect_of(session))
    added: list[str] = []
    for row in rows:
        statement = insert(NeededType).values(**row).on_conflict_do_nothing(index_elements=["queue", "type"])
        added += session.scalars(statement.returning(NeededType.type)).all()
    return added

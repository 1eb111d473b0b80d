"""Answering what other services ask for: snapshots of a noun or of one subject, and recorded events once more.

What may be long is noted down when the request is taken, and written page by page afterwards: a page's outbox rows and
how far the answer came are one commit, so that a kill in between goes on where it stood. Pages keep out of the way of
live events: they lock nothing that commands write, and wait while the outbox is full.
"""

import logging
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session, aliased

from shared import faults
from shared.database import UnitOfWork, database_is_away
from shared.database.engine import was_deadlocked
from shared.database.tables import InboxPosition, InboxRow, OutboxRow, SnapshotAnswer, SubjectVersion
from shared.events.envelope import TYPE_PREFIX, Envelope
from shared.identifiers import lowest_id
from shared.inbox.failures import note_failure
from shared.inbox.replays import write_replay
from shared.inbox.requests import ReplayRequest, SnapshotRequest
from shared.outbox.recorder import record_snapshots
from shared.runtime import Runtime
from shared.service import Service

log = logging.getLogger(__name__)

PAGE = 200
"""Subjects, or events, of one transaction."""

ENOUGH_PENDING = 1000
"""Rows that wait in the outbox: while there are more, no page is written, and live events wait behind no more."""

REPLAY = "replay "
"""Stands before the name of an exchange where a noun's name stands otherwise."""

SETTLED = timedelta(seconds=1)
"""How much later than the request an event may claim to have been recorded, by the clock of another machine."""


class Page(Enum):
    """What came of trying to write the next page."""

    WRITTEN = "written"
    NOT_NOW = "not now"
    """The outbox is full, or somebody else is at it: soon again."""
    NOTHING = "nothing"
    """Nothing is asked for."""


def take_request(work: UnitOfWork, service: Service, envelope: Envelope) -> None:
    """Answer a request for one subject at once, and note any other down to be answered in pages.

    Raises ValueError when it is no known request, the noun or exchange is unknown, or the queue is not the asker's.
    """
    name = envelope.type.removeprefix(f"{TYPE_PREFIX}{envelope.publisher}.")
    if name == "snapshot.requested.v1":
        asked: Any = SnapshotRequest().load(dict(envelope.data))
        _check_queue(envelope, asked["queue"])
        if not service.snapshots_of(asked["noun"]):
            raise ValueError(f"there are no snapshots of {asked['noun']!r}")
        if asked["subject"] is None:
            _note_down(work, envelope, asked["queue"], asked["noun"])
        else:
            _answer_at_once(work, service, asked["queue"], asked["noun"], UUID(asked["subject"].partition("/")[2]))
    elif name == "replay.requested.v1":
        asked = ReplayRequest().load(dict(envelope.data))
        _check_queue(envelope, asked["queue"])
        exchange = asked["exchange"] or f"{service.name}.events"
        if exchange not in {kind.exchange for kind in service.registry if not kind.is_snapshot}:
            raise ValueError(f"nothing is published on {exchange!r}")
        _note_down(work, envelope, asked["queue"], REPLAY + exchange, after=lowest_id(asked["since"]))
    else:
        raise ValueError(f"there is no request called {name[:60]!r}")


def _check_queue(envelope: Envelope, queue: str) -> None:
    if not queue.startswith(f"{envelope.publisher}."):
        raise ValueError(f"{envelope.publisher} asked for another service's queue")


def _note_down(work: UnitOfWork, envelope: Envelope, queue: str, noun: str, *, after: UUID | None = None) -> None:
    """An earlier answer of the same to the same queue ends here: this one begins at the start, and says it all."""
    open_answers = update(SnapshotAnswer).where(SnapshotAnswer.finished_at.is_(None))
    same = (SnapshotAnswer.queue == queue, SnapshotAnswer.noun == noun, SnapshotAnswer.request_id != envelope.id)
    work.session.execute(open_answers.where(*same).values(finished_at=work.now))
    noted = work.session.get(SnapshotAnswer, envelope.id)
    if noted is not None:
        # A page failed, and the request is tried again: it goes on where it stood.
        noted.finished_at = None
        return
    work.session.add(
        SnapshotAnswer(
            request_id=envelope.id,
            asker=envelope.publisher,
            queue=queue,
            noun=noun,
            after=after,
            sent=0,
            correlation_id=work.correlation_id,
            traceparent=work.traceparent,
            asked_at=work.now,
        )
    )


def _answer_at_once(work: UnitOfWork, service: Service, queue: str, noun: str, subject_id: UUID) -> None:
    """One snapshot in each major, under a lock on the subject's version, so that it is of one moment with the state.

    Nothing while lost events are on their way into that queue: the snapshot could overtake them, and they would have
    no effects. Who still misses something then asks again.
    """
    replays = (SnapshotAnswer.finished_at.is_(None), SnapshotAnswer.queue == queue)
    if work.session.execute(select(exists().where(*replays, SnapshotAnswer.noun.startswith(REPLAY)))).scalar_one():
        log.info("a replay is on its way instead of a snapshot", extra={"queue": queue})
        return
    majors = service.snapshots_of(noun)
    subjects = {f"{kind.subject}/{subject_id}" for kind, _ in majors}
    version = select(SubjectVersion.version).where(SubjectVersion.subject.in_(subjects))
    work.session.execute(version.with_for_update(read=True))
    work.session.flush()
    work.session.expire_all()
    for kind, provider in majors:
        record_snapshots(work, kind, provider(work.session, None, subject_id, 1), queue=queue)


def write_page(runtime: Runtime, *, even_if_full: bool = False) -> Page:
    """Write the next page of the answer that came least far, in a transaction of its own.

    ``even_if_full`` does not look whether the outbox is: an outbox that is never empty must not stop answers for good.

    Raises only when the database is away. Any other failure is noted at the request, which is then tried again with
    growing pauses, and shown to staff after too many.
    """
    with runtime.reading() as session:
        if not session.execute(_next().limit(1)).first():
            return Page.NOTHING
        if not even_if_full and _is_full(session):
            return Page.NOT_NOW
    request_id: UUID | None = None
    try:
        with runtime.database.writing() as session:
            if runtime.database.dialect == "postgresql":
                # Versions and states are of one moment without a lock on any of them.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            answer = session.scalars(_next().limit(1).with_for_update(skip_locked=True)).first()
            if answer is None:
                return Page.NOT_NOW
            request_id = answer.request_id
            page = _write(runtime, session, answer)
            faults.reach("snapshots.before-commit")
    except Exception as error:
        if database_is_away(error):
            raise
        if was_deadlocked(error) or request_id is None:
            return Page.NOT_NOW
        _try_request_again(runtime, request_id, error)
        return Page.NOT_NOW
    faults.reach("snapshots.after-commit")
    return page


def _is_full(session: Session) -> bool:
    pending = (OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
    return session.execute(select(OutboxRow.id).where(*pending).offset(ENOUGH_PENDING).limit(1)).first() is not None


def _next() -> Select[SnapshotAnswer]:
    """The open answer that came least far. A queue's snapshots wait for its replay."""
    replay = aliased(SnapshotAnswer)
    waits = ~SnapshotAnswer.noun.startswith(REPLAY) & exists().where(
        replay.queue == SnapshotAnswer.queue, replay.finished_at.is_(None), replay.noun.startswith(REPLAY)
    )
    open_answers = select(SnapshotAnswer).where(SnapshotAnswer.finished_at.is_(None), ~waits)
    return open_answers.order_by(SnapshotAnswer.sent, SnapshotAnswer.asked_at)


def _write(runtime: Runtime, session: Session, answer: SnapshotAnswer) -> Page:
    now = runtime.clock()
    if answer.noun.startswith(REPLAY):
        exchange = answer.noun.removeprefix(REPLAY)
        until = lowest_id(answer.asked_at + SETTLED)
        written = write_replay(session, runtime.service, exchange, answer.queue, answer.after, until, PAGE, now)
        last, sent, waits = written.last, written.sent, written.waits
    else:
        last, sent, waits = *_write_snapshots(runtime, session, answer, now), False
    answer.after = last or answer.after
    answer.sent += sent
    if waits:
        return Page.WRITTEN if sent else Page.NOT_NOW
    if last is None:
        answer.finished_at = now
        log.info("answered", extra={"queue": answer.queue, "asked_for": answer.noun, "sent": answer.sent})
    return Page.WRITTEN


def _write_snapshots(
    runtime: Runtime, session: Session, answer: SnapshotAnswer, now: datetime
) -> tuple[UUID | None, int]:
    """The last subject of the page, None after the last page; and how many snapshots were recorded.

    A subject's majors are of one page, and so of one moment.
    """
    service = runtime.service
    given = [
        (kind, provider(session, answer.after, None, PAGE)) for kind, provider in service.snapshots_of(answer.noun)
    ]
    if not any(states for _, states in given):
        return None, 0
    # Where one major leaves out what another one has, the page ends with the shortest stretch that is known in full.
    ends = [states[-1][0] for _, states in given if len(states) == PAGE]
    last = min(ends) if ends else max(states[-1][0] for _, states in given if states)
    work = UnitOfWork(
        session,
        service=service.name,
        now=now,
        correlation_id=answer.correlation_id,
        causation_id=str(answer.request_id),
        traceparent=answer.traceparent,
    )
    sent = [
        record_snapshots(work, kind, [state for state in states if state[0] <= last], queue=answer.queue)
        for kind, states in given
    ]
    return last, sum(sent)


def _try_request_again(runtime: Runtime, request_id: UUID, error: BaseException) -> None:
    """Note the failure at the request, and let the inbox bring it here again."""
    now = runtime.clock()
    with runtime.database.writing() as session:
        answer = session.get(SnapshotAnswer, request_id, with_for_update=True)
        row = session.scalars(select(InboxRow).where(InboxRow.event_id == request_id).with_for_update()).first()
        if answer is None or row is None:
            return
        answer.finished_at = now
        position = session.get(InboxPosition, (row.source, row.subject), with_for_update=True)
        if position is not None:
            position.version = min(position.version, row.subjectversion - 1)
        row.status = "waiting"
        note_failure(row, error, now)

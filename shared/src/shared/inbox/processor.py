"""Working the inbox off: each subject in the order of its versions, each event's effects in one commit.

A subject is claimed by the lock on its position row, so any number of processors may run. An event that fails waits
with backoff and holds back only the later events of its own subject; after ten attempts it needs attention.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from shared import faults
from shared.database import UnitOfWork, database_is_away
from shared.database.tables import InboxPosition, InboxRow
from shared.database.types import UtcDateTime
from shared.events.envelope import CONTENT_TYPE, Envelope, parse
from shared.inbox.failures import note_failure
from shared.inbox.following import GAP_GRACE, Follower
from shared.inbox.positions import locked_positions
from shared.inbox.release_needs import left_to_others
from shared.operations import message_spans, tracing
from shared.runtime import Runtime

log = logging.getLogger(__name__)

IS_WAITING = "SELECT EXISTS (SELECT 1 FROM inbox WHERE status = 'waiting')"
BATCH = 50
BATCH_SECONDS = 0.15
"""How long one transaction may go on taking events: on SQLite it keeps every other writer waiting."""


@dataclass
class Processed:
    """What one round did. ``found`` is 0 when nothing was due."""

    found: int = 0
    done: int = 0
    failed: int = 0
    recorded: int = 0


class Processor:
    """Works off the inbox of one service. Holds no state between rounds: kill it anywhere."""

    def __init__(self, runtime: Runtime, *, gap_grace: timedelta = GAP_GRACE) -> None:
        self.runtime = runtime
        self._follower = Follower(runtime.service, gap_grace)

    def run_once(self) -> Processed:
        """One round over what is due. Raises only when the database is away.

        What is due goes into one transaction as long as nothing fails; a failure rolls it back, and its events are
        then handled one by one, so that each failure is its own event's alone.
        """
        with self.runtime.reading() as session:
            if not session.execute(_first_due(), {"now": self.runtime.clock()}).first():
                return Processed()
        try:
            return self._handle_together()
        except Exception as error:
            if database_is_away(error):
                raise
            log.info("a batch failed and is handled one by one", extra={"error": type(error).__name__})
        return self._handle_singly()

    def _handle_together(self) -> Processed:
        result = Processed()
        started = time.monotonic()
        with self.runtime.database.writing() as session:
            for row, position in self._claim(session, BATCH):
                if result.found and time.monotonic() - started > BATCH_SECONDS:
                    break
                self._advance(session, row, position, result)
            faults.reach("process.before-commit")
        faults.reach("process.after-commit")
        return result

    def _handle_singly(self) -> Processed:
        result = Processed()
        with self.runtime.reading() as session:
            ids = [row.id for row in session.scalars(_due().limit(BATCH), {"now": self.runtime.clock()})]
        for row_id in ids:
            try:
                with self.runtime.database.writing() as session:
                    for row, position in self._claim(session, 1, row_id):
                        self._advance(session, row, position, result)
            except Exception as error:
                if database_is_away(error):
                    raise
                result.failed += 1
                self._note_failure(row_id, error)
        return result

    def _claim(
        self, session: Session, limit: int, row_id: int | None = None
    ) -> Iterator[tuple[InboxRow, InboxPosition]]:
        """Rows that are due, locked together with the positions of their subjects; what others hold is passed over."""
        due = _claiming(limit)
        others = left_to_others(session, self.runtime.service)
        if others is not None:
            due = due.where(~others)
        if row_id is not None:
            due = due.where(InboxRow.id == row_id)
        rows = session.scalars(due, {"now": self.runtime.clock()}).all()
        positions = locked_positions(session, {(row.source, row.subject) for row in rows})
        for row in rows:
            position = positions.get((row.source, row.subject))
            if position is not None:
                yield row, position

    def _advance(self, session: Session, row: InboxRow, position: InboxPosition, result: Processed) -> None:
        envelope = parse((row.body or "").encode(), CONTENT_TYPE, {})
        result.found += 1
        with message_spans.processing(envelope, row.queue, row.attempts + 1, self.runtime.settings.bus_url) as span:
            work = self._work(session, envelope)
            result.done += self._follower.follow(work, row, position, envelope)
        if row.status == "done":
            span.end()
        result.recorded += work.recorded

    def _work(self, session: Session, envelope: Envelope) -> UnitOfWork:
        return UnitOfWork(
            session,
            service=self.runtime.service.name,
            now=self.runtime.clock(),
            correlation_id=envelope.correlationid or str(envelope.id),
            causation_id=str(envelope.id),
            traceparent=tracing.traceparent(),
        )

    def _note_failure(self, row_id: int, error: BaseException) -> None:
        with self.runtime.database.writing() as session:
            row = session.get(InboxRow, row_id, with_for_update=True)
            if row is not None and row.status == "waiting":
                note_failure(row, error, self.runtime.clock())


@cache
def _due() -> Select[InboxRow]:
    """The first open row of each subject, where it is due; the oldest first.

    A snapshot keeps its place behind events that are being retried, whose effects it must not swallow; only a
    subject with a gap takes it at once, unless what was missing has come by now. Built once, as are those made of
    it: building it costs more than running it.
    """
    earlier = aliased(InboxRow)
    is_first = ~exists().where(
        earlier.source == InboxRow.source,
        earlier.subject == InboxRow.subject,
        earlier.status.in_(("waiting", "attention")),
        or_(
            earlier.subjectversion < InboxRow.subjectversion,
            (earlier.subjectversion == InboxRow.subjectversion) & (earlier.id < InboxRow.id),
        ),
    )
    missing = aliased(InboxRow)
    fills_a_gap = InboxRow.type.like("%.snapshot.v%") & exists().where(
        InboxPosition.source == InboxRow.source,
        InboxPosition.subject == InboxRow.subject,
        InboxPosition.gap_since.is_not(None),
        ~exists().where(
            missing.source == InboxPosition.source,
            missing.subject == InboxPosition.subject,
            missing.status.in_(("waiting", "attention")),
            missing.subjectversion == InboxPosition.version + 1,
            missing.type.not_like("%.snapshot.v%"),
        ),
    )
    return (
        select(InboxRow)
        .where(
            InboxRow.status == "waiting",
            InboxRow.next_attempt_at <= bindparam("now", type_=UtcDateTime()),
            or_(is_first, fills_a_gap),
        )
        .order_by(InboxRow.next_attempt_at, InboxRow.id)
    )


@cache
def _first_due() -> Select[int]:
    return _due().with_only_columns(InboxRow.id).limit(1)


@cache
def _claiming(limit: int) -> Select[InboxRow]:
    return _due().limit(limit).with_for_update(of=InboxRow, skip_locked=True)

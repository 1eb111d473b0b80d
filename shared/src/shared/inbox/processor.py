"""Working the inbox off: each subject in the order of its versions, each event's effects in one commit.

A subject is claimed by the lock on its position row, so any number of processors may run. An event that fails waits
with backoff and holds back only the later events of its own subject; after ten attempts it needs attention. A gap
waits a bounded time for the missing event and then asks the publisher for a snapshot of that subject.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from shared import faults
from shared.database import UnitOfWork, database_is_away
from shared.database.tables import InboxPosition, InboxRow
from shared.events.envelope import CONTENT_TYPE, Envelope, parse
from shared.inbox.reactions import Reaction, Reactions, ReceivedEvent
from shared.inbox.requests import SnapshotRequest, answer, ask_for_snapshot
from shared.runtime import Runtime

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
BATCH = 20
BATCH_SECONDS = 0.25
GAP_GRACE = timedelta(seconds=5)
GAP_ASK_AGAIN = timedelta(seconds=60)
_BACKOFF_SECONDS = 1.0
_BACKOFF_MAX_SECONDS = 300.0


@dataclass
class Processed:
    """What one round did. ``found`` is 0 when nothing was due."""

    found: int = 0
    done: int = 0
    failed: int = 0
    recorded: int = 0


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: doubling, capped, with a jitter of a quarter."""
    seconds = min(_BACKOFF_SECONDS * 2 ** (attempts - 1), _BACKOFF_MAX_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


class Processor:
    """Works off the inbox of one service. Holds no state between rounds: kill it anywhere."""

    def __init__(self, runtime: Runtime, *, gap_grace: timedelta = GAP_GRACE) -> None:
        self.runtime = runtime
        self.gap_grace = gap_grace
        self._reactions = {runtime.service.queue(reactions): reactions for reactions in runtime.service.reactions}

    def run_once(self) -> Processed:
        """One round over what is due. Raises only when the database is away."""
        result = Processed()
        with self.runtime.reading() as session:
            due = self._due(session, self.runtime.clock())
        for row_id, source, subject in due:
            result.found += 1
            self._advance(row_id, source, subject, result)
        return result

    def _due(self, session: Session, now: datetime) -> Sequence[tuple[int, str, str]]:
        """The first open row of each subject, where it is due; the oldest arrivals first.

        A snapshot keeps its place behind events that are being retried, whose effects it must not swallow; only a
        subject with a gap takes it at once.
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
        fills_a_gap = InboxRow.type.like("%.snapshot.v%") & exists().where(
            InboxPosition.source == InboxRow.source,
            InboxPosition.subject == InboxRow.subject,
            InboxPosition.gap_since.is_not(None),
        )
        rows = session.execute(
            select(InboxRow.id, InboxRow.source, InboxRow.subject)
            .where(
                InboxRow.status == "waiting",
                InboxRow.next_attempt_at <= now,
                or_(is_first, fills_a_gap),
            )
            .order_by(InboxRow.next_attempt_at, InboxRow.id)
            .limit(BATCH)
        ).all()
        return [(row.id, row.source, row.subject) for row in rows]

    def _advance(self, row_id: int, source: str, subject: str, result: Processed) -> None:
        """Handle one row in a transaction of its own; a failure is noted in another one."""
        envelope: Envelope | None = None
        try:
            with self.runtime.database.writing() as session:
                position = _claim(session, source, subject)
                if position is None:
                    return
                row = session.get(InboxRow, row_id, with_for_update=True, populate_existing=True)
                if row is None or row.status != "waiting" or row.body is None:
                    return
                envelope = parse(row.body.encode(), CONTENT_TYPE, {})
                work = self._work(session, envelope)
                self._follow(work, row, position, envelope, result)
                result.recorded += work.recorded
                faults.reach("process.before-commit")
            faults.reach("process.after-commit")
        except Exception as error:
            if database_is_away(error):
                raise
            result.failed += 1
            self._note_failure(row_id, error)

    def _work(self, session: Session, envelope: Envelope) -> UnitOfWork:
        return UnitOfWork(
            session,
            service=self.runtime.service.name,
            now=self.runtime.clock(),
            correlation_id=envelope.correlationid or str(envelope.id),
            causation_id=str(envelope.id),
            traceparent=envelope.traceparent,
        )

    def _follow(
        self, work: UnitOfWork, row: InboxRow, position: InboxPosition, envelope: Envelope, result: Processed
    ) -> None:
        """Decide by the subject's version what the event is: the next one, an old one, or one too early."""
        reactions = self._reactions.get(row.queue)
        reaction = reactions.find(envelope.type) if reactions else None
        snapshot = ".snapshot.v" in envelope.type
        if snapshot:
            self._take_snapshot(work, row, position, envelope, reaction)
        elif envelope.subjectversion <= position.version:
            self._late_or_twin(work, row, position, envelope, reaction)
        elif envelope.subjectversion > position.version + 1 and reactions and self._needed(reactions, row):
            self._wait_for_gap(work, row, position, envelope, reactions)
            return
        else:
            position.version = envelope.subjectversion
            position.gap_since = position.snapshot_asked_at = None
            self._handle(work, row, envelope, reaction)
        row.finished_at = work.now
        result.done += 1

    def _needed(self, reactions: Reactions, row: InboxRow) -> bool:
        """Whether a gap in this subject matters: only where some event of its noun is read here."""
        noun = row.subject.partition("/")[0]
        return any(reaction.name.partition(".")[0] == noun for reaction in reactions)

    def _handle(self, work: UnitOfWork, row: InboxRow, envelope: Envelope, reaction: Reaction | None) -> None:
        if row.queue == f"{self.runtime.service.name}.requests":
            request: Any = SnapshotRequest().load(dict(envelope.data))
            answer(work, self.runtime.service, envelope.publisher, request)
            row.status = "done"
            return
        if reaction is None:
            row.status = "passed"
            return
        try:
            data = reaction.needs().load(dict(envelope.data))
        except ValidationError as error:
            raise ValueError(f"the data is not what is needed here: {sorted(error.messages_dict)}") from error
        reaction.handler(work, ReceivedEvent(envelope, data))
        row.status = "done"

    def _take_snapshot(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reaction: Reaction | None,
    ) -> None:
        """A snapshot replaces what is known, unless later events were followed already."""
        if envelope.subjectversion < position.version:
            row.status = "late"
            return
        position.version = envelope.subjectversion
        position.gap_since = position.snapshot_asked_at = None
        self._handle(work, row, envelope, reaction)

    def _late_or_twin(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reaction: Reaction | None,
    ) -> None:
        """At the present version: the twin in another major, handled if it is the one needed and its twin was not."""
        twin_passed = (
            reaction is not None
            and envelope.subjectversion == position.version
            and work.session.execute(
                select(InboxRow.id).where(
                    InboxRow.source == row.source,
                    InboxRow.subject == row.subject,
                    InboxRow.subjectversion == row.subjectversion,
                    InboxRow.status == "passed",
                )
            ).first()
            is not None
        )
        if twin_passed:
            self._handle(work, row, envelope, reaction)
        else:
            row.status = "late"

    def _wait_for_gap(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reactions: Reactions,
    ) -> None:
        """Wait a little for what is missing; then ask for a snapshot of this subject, and again from time to time."""
        now = work.now
        if position.gap_since is None:
            position.gap_since = now
        asked = position.snapshot_asked_at
        noun = envelope.subject.partition("/")[0]
        if now - position.gap_since >= self.gap_grace and (asked is None or now - asked >= GAP_ASK_AGAIN):
            if noun in reactions.snapshot_nouns:
                ask_for_snapshot(work, self.runtime.service, reactions, noun=noun, subject=envelope.subject)
                position.snapshot_asked_at = now
                log.warning("gap: asked for a snapshot", extra={"subject": envelope.subject})
            else:
                # Nothing to fill the gap with: this noun has no snapshot here, so the events that came count.
                position.version = envelope.subjectversion - 1
                row.error = "went on over a gap: this noun has no snapshot here"
                return
        row.next_attempt_at = now + (self.gap_grace if asked is None else GAP_ASK_AGAIN) / 4

    def _note_failure(self, row_id: int, error: BaseException) -> None:
        now = self.runtime.clock()
        text = f"{type(error).__name__}: {_without_parameters(error)}"[:1000]
        with self.runtime.database.writing() as session:
            row = session.get(InboxRow, row_id, with_for_update=True)
            if row is None or row.status != "waiting":
                return
            row.attempts += 1
            row.error = text
            if row.attempts >= MAX_ATTEMPTS:
                row.status = "attention"
            else:
                row.next_attempt_at = now + backoff(row.attempts)
            log.warning(
                "event failed",
                extra={"event_id": str(row.event_id), "event_type": row.type, "attempts": row.attempts},
            )


def _without_parameters(error: BaseException) -> str:
    """The error's words without the statement and its values, which may hold personal data."""
    original = getattr(error, "orig", None)
    if original is None:
        return str(error)
    return str(original).split("DETAIL:", 1)[0].strip()


def _claim(session: Session, source: str, subject: str) -> InboxPosition | None:
    """The subject's position, locked; None when another processor holds it."""
    postgres = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert if postgres else sqlite.insert
    locked = (
        select(InboxPosition)
        .where(InboxPosition.source == source, InboxPosition.subject == subject)
        .with_for_update(skip_locked=True)
    )
    position = session.execute(locked).scalar_one_or_none()
    if position is None:
        session.execute(
            insert(InboxPosition)
            .values(source=source, subject=subject, version=0)
            .on_conflict_do_nothing(index_elements=["source", "subject"])
        )
        position = session.execute(locked).scalar_one_or_none()
    return position


def retry(session: Session, row_ids: Sequence[int], now: datetime) -> int:
    """Make failed rows due at once, as if they were new. Returns how many."""
    changed = session.execute(
        update(InboxRow)
        .where(InboxRow.id.in_(row_ids), InboxRow.status.in_(("attention", "waiting")))
        .values(status="waiting", attempts=0, next_attempt_at=now)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def skip(session: Session, row_id: int, now: datetime) -> bool:
    """Give a failed row up and let its subject go on. False when it was not open any more."""
    row = session.get(InboxRow, row_id, with_for_update=True)
    if row is None or row.status not in ("attention", "waiting"):
        return False
    position = _claim(session, row.source, row.subject)
    if position is not None and position.version < row.subjectversion:
        position.version = row.subjectversion
    row.status, row.finished_at = "skipped", now
    return True

"""Working the inbox off: each subject in the order of its versions, each event's effects in one commit.

A subject is claimed by the lock on its position row, so any number of processors may run. An event that fails waits
with backoff and holds back only the later events of its own subject; after ten attempts it needs attention. A gap
waits a bounded time for the missing event and then asks the publisher for a snapshot of that subject.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import Select, exists, or_, select, tuple_, update
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
BATCH = 50
BATCH_SECONDS = 0.15
"""How long one transaction may go on taking events: on SQLite it keeps every other writer waiting."""
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
        """One round over what is due. Raises only when the database is away.

        What is due goes into one transaction as long as nothing fails; a failure rolls it back, and its events are
        then handled one by one, so that each failure is its own event's alone.
        """
        with self.runtime.reading() as session:
            if not session.execute(self._due(self.runtime.clock()).limit(1)).first():
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
            ids = [row.id for row in session.scalars(self._due(self.runtime.clock()).limit(BATCH))]
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

    def _due(self, now: datetime) -> Select[InboxRow]:
        """The first open row of each subject, where it is due; the oldest first.

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
        return (
            select(InboxRow)
            .where(InboxRow.status == "waiting", InboxRow.next_attempt_at <= now, or_(is_first, fills_a_gap))
            .order_by(InboxRow.next_attempt_at, InboxRow.id)
        )

    def _claim(
        self, session: Session, limit: int, row_id: int | None = None
    ) -> Iterator[tuple[InboxRow, InboxPosition]]:
        """Rows that are due, locked together with the positions of their subjects; what others hold is passed over."""
        due = self._due(self.runtime.clock()).limit(limit)
        if row_id is not None:
            due = due.where(InboxRow.id == row_id)
        rows = session.scalars(due.with_for_update(of=InboxRow, skip_locked=True)).all()
        positions = _positions(session, {(row.source, row.subject) for row in rows})
        for row in rows:
            position = positions.get((row.source, row.subject))
            if position is not None:
                yield row, position

    def _advance(self, session: Session, row: InboxRow, position: InboxPosition, result: Processed) -> None:
        envelope = parse((row.body or "").encode(), CONTENT_TYPE, {})
        work = self._work(session, envelope)
        result.found += 1
        self._follow(work, row, position, envelope, result)
        result.recorded += work.recorded

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


def _positions(session: Session, subjects: set[tuple[str, str]]) -> dict[tuple[str, str], InboxPosition]:
    """The positions of these subjects, made where they are new, and locked unless another processor holds them."""
    if not subjects:
        return {}
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    ordered = sorted(subjects)
    wanted = tuple_(InboxPosition.source, InboxPosition.subject).in_(ordered)
    locked = select(InboxPosition).where(wanted).with_for_update(skip_locked=True)
    found = {(position.source, position.subject): position for position in session.scalars(locked)}
    missing = [{"source": source, "subject": subject, "version": 0} for source, subject in ordered]
    missing = [each for each in missing if (each["source"], each["subject"]) not in found]
    if missing:
        session.execute(insert(InboxPosition).on_conflict_do_nothing(index_elements=["source", "subject"]), missing)
        found = {(position.source, position.subject): position for position in session.scalars(locked)}
    return found


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
    position = _positions(session, {(row.source, row.subject)}).get((row.source, row.subject))
    if position is None:
        return False
    position.version = max(position.version, row.subjectversion)
    row.status, row.finished_at = "skipped", now
    return True

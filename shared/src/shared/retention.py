"""What is forgotten because its time is over: the bodies of events first, their rows later.

A row without its body still tells which event it was, where it came from and what became of it, and is what doubles are
known by. Nothing is touched that waits for the bus, for its turn or for a person. Each batch is a transaction of its
own, so that on SQLite no other writer waits for long; a partial index leads to each, however much was dropped before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage, SnapshotAnswer
from shared.runtime import Runtime
from shared.timers import Timer

BATCH = 500
OFTEN = timedelta(hours=1)
_FINISHED = ("done", "passed", "late", "skipped")


@dataclass(frozen=True)
class Kept:
    """How long things are kept after they were done with."""

    bodies: timedelta = timedelta(days=30)
    """Of published and of processed events."""
    events: timedelta = timedelta(days=180)
    """The rows of these events: the time within which a double is known as one."""
    refusals: timedelta = timedelta(days=90)
    """Messages that were refused, after somebody noted them."""
    answers: timedelta = timedelta(days=30)
    """Which snapshots were asked for and given."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Kept":
        """Read the KEEP_..._DAYS; ValueError, which names the setting, where one makes no sense."""
        kept = cls(
            bodies=_days(environ, "KEEP_BODIES_DAYS", cls.bodies),
            events=_days(environ, "KEEP_EVENTS_DAYS", cls.events),
            refusals=_days(environ, "KEEP_REFUSALS_DAYS", cls.refusals),
            answers=_days(environ, "KEEP_ANSWERS_DAYS", cls.answers),
        )
        if kept.events < kept.bodies:
            raise ValueError("KEEP_EVENTS_DAYS must not be less than KEEP_BODIES_DAYS")
        return kept


def _days(environ: Mapping[str, str], name: str, usual: timedelta) -> timedelta:
    given = environ.get(name)
    if not given:
        return usual
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 36500:
        raise ValueError(f"{name} must be a whole number of days from 1 to 36500")
    return timedelta(days=int(given))


def timer(runtime: Runtime) -> Timer:
    """The timer that every service's worker runs beside the service's own; ValueError on a malformed setting."""
    kept = Kept.from_environment(runtime.settings.environ)
    return Timer("forget-old-events", OFTEN, lambda runtime: forget(runtime, kept))


def forget(runtime: Runtime, kept: Kept) -> int:
    """One batch of each kind; returns how many rows that were, so that it is called again until there are no more."""
    return sum(_carry_out(runtime, batch) for batch in batches(runtime.clock(), kept))


@dataclass(frozen=True)
class Batch:
    """What is done to the oldest rows of a kind that were done with before a moment."""

    change: Update | Delete
    key: InstrumentedAttribute[Any]
    done: InstrumentedAttribute[datetime | None]
    before: datetime
    conditions: tuple[ColumnElement[bool], ...] = ()


def batches(now: datetime, kept: Kept) -> tuple[Batch, ...]:
    """Doing them twice, or two at once, does nothing more."""
    bodies, events = now - kept.bodies, now - kept.events
    finished = InboxRow.status.in_(_FINISHED)
    published, processed = OutboxRow.published_at, InboxRow.finished_at
    drop_published, drop_processed = update(OutboxRow).values(body=None), update(InboxRow).values(body=None)
    answer = SnapshotAnswer
    return (
        Batch(drop_published, OutboxRow.id, published, bodies, (OutboxRow.body.is_not(None),)),
        Batch(drop_processed, InboxRow.id, processed, bodies, (InboxRow.body.is_not(None), finished)),
        Batch(delete(OutboxRow), OutboxRow.id, published, events, (OutboxRow.body.is_(None),)),
        Batch(delete(InboxRow), InboxRow.id, processed, events, (InboxRow.body.is_(None), finished)),
        Batch(delete(RefusedMessage), RefusedMessage.id, RefusedMessage.seen_at, now - kept.refusals),
        Batch(delete(answer), answer.request_id, answer.finished_at, now - kept.answers),
    )


def _carry_out(runtime: Runtime, batch: Batch) -> int:
    old = (batch.done.is_not(None), batch.done < batch.before, *batch.conditions)
    with runtime.database.writing() as session:
        chosen = session.scalars(select(batch.key).where(*old).order_by(batch.done).limit(BATCH)).all()
        if not chosen:
            return 0
        # The conditions once more, for a row that is opened again meanwhile.
        statement = batch.change.where(batch.key.in_(chosen), *old)
        changed: Any = session.execute(statement, execution_options={"synchronize_session": False})
        return int(changed.rowcount)

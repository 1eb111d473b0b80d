"""Following what takes place when, and ending what was to be said about what does not take place any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from notifications.audiences.models import KnownDuty
from notifications.messages.announcements import Rehearsal
from notifications.messages.superseding import end_older
from notifications.reminders.models import Reminder
from notifications.subjects.models import Subject
from shared.database import UnitOfWork
from shared.events.envelope import TYPE_PREFIX
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime

KEPT = timedelta(days=30)
"""After it was to begin: what comes later than that is too late for anything."""


def follow(
    work: UnitOfWork,
    event: ReceivedEvent,
    state: str,
    people: Sequence[UUID],
    *,
    starts_at: datetime,
    facts: Mapping[str, Any],
    body: str | None = None,
) -> None:
    """Keep what an event, or a snapshot, says of when its subject takes place; called after it was announced.

    What was not sent yet and is about the time or place before, or about something that has ended, is ended as well.
    An event that is older than what is known changes nothing, and nothing brings back what has ended.
    """
    if isinstance(work, Rehearsal):
        return
    known: Subject | None = work.lock(Subject, event.subject)
    if known is not None and (known.state == "ended" or event.version <= known.version):
        return
    row = known or Subject(subject=event.subject, kind=_kind(event))
    moved = known is not None and (known.starts_at, known.facts) != (starts_at, dict(facts))
    row.version, row.state, row.starts_at, row.body = event.version, state, starts_at, body
    row.told_at = None if event.name.endswith(".snapshot") else work.now
    row.people, row.facts = [str(person) for person in people], dict(facts)
    row.event_id, row.event_time = event.id, event.time
    row.correlation_id, row.traceparent = work.correlation_id, work.traceparent
    work.session.add(row)
    work.session.flush()
    if state == "ended":
        end_older(work, event.subject, event.version, "subject-ended")
    elif moved or state == "uncertain":
        end_older(work, event.subject, event.version, "moved", reminders_only=True)


def _kind(event: ReceivedEvent) -> str:
    service, _, rest = event.type.removeprefix(TYPE_PREFIX).partition(".")
    return f"{service}.{rest.partition('.')[0]}"


def name_anew(work: UnitOfWork, old: UUID, new: UUID | None) -> int:
    """Let what is to come be the other person's, or nobody's where there is none; how many subjects that were.

    People stand in a list: whatever is to come is read, which is rare and some thousands at most.
    """
    changed = 0
    for subject in work.session.scalars(select(Subject).where(Subject.starts_at > work.now).with_for_update()):
        if str(old) in subject.people:
            named = [str(new) if person == str(old) and new is not None else person for person in subject.people]
            subject.people = [person for person in dict.fromkeys(named) if person != str(old)]
            changed += 1
    work.session.flush()
    return changed


def forget_subjects(runtime: Runtime) -> None:
    """Forget what was to begin long ago, what was noted of its reminders, and who was on duty."""
    with runtime.unit_of_work() as work:
        old = select(Subject.subject).where(Subject.starts_at < work.now - KEPT)
        for statement in (
            delete(Reminder).where(Reminder.subject.in_(old)),
            delete(Subject).where(Subject.starts_at < work.now - KEPT),
            delete(KnownDuty).where(KnownDuty.ends_at < work.now - KEPT),
        ):
            work.session.execute(statement.execution_options(synchronize_session=False))

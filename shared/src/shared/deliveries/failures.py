"""Failures that are the same one: events whose errors differ in nothing but ids, times and long numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow
from shared.deliveries.kinds import ATTENTION, FAILING

LOOKED_AT = 5_000
"""How many failing events of each kind are compared; more than that have seldom more than one cause."""
_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"|\b[0-9a-f]{16,}\b|\d{5,}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Failure:
    """One cause and what fails with it. ``attention`` of the ``ids`` wait for a decision, the others are retried."""

    digest: str
    words: str
    ids: Sequence[int]
    attention: int
    subjects: Sequence[str]
    since: datetime

    @property
    def count(self) -> int:
        return len(self.ids)


def in_common(error: str | None) -> str:
    """The error without what differs from event to event."""
    return _CHANGING.sub("…", error or "")


def digest(error: str | None) -> str:
    """A short name for all errors that are the same failure."""
    return sha256(in_common(error).encode()).hexdigest()[:12]


def failures(session: Session, *, containing: str | None = None) -> list[Failure]:
    """The failures of events that need attention or are being retried, the most frequent first.

    ``containing`` keeps those whose words contain this.
    """
    groups: dict[str, list[tuple[bool, int, str, str, datetime]]] = {}
    for needs_attention, row_id, error, subject, received_at in _failing(session):
        words = in_common(error)
        if containing is None or containing.lower() in words.lower():
            groups.setdefault(words, []).append((needs_attention, row_id, error, subject, received_at))
    found = [
        Failure(
            digest=digest(words),
            words=words,
            ids=[row_id for _, row_id, *_ in rows],
            attention=sum(needs for needs, *_ in rows),
            subjects=list(dict.fromkeys(subject for *_, subject, _ in rows)),
            since=min(received_at for *_, received_at in rows),
        )
        for words, rows in groups.items()
    ]
    return sorted(found, key=lambda failure: (-failure.attention, -failure.count, failure.since))


def find_failure(session: Session, wanted: str) -> Failure | None:
    """The failure with this digest, while there is one."""
    return next((failure for failure in failures(session) if failure.digest == wanted), None)


def failing_ids(session: Session, wanted: str) -> list[int]:
    """The rows of the failure with this digest."""
    found = find_failure(session, wanted)
    return list(found.ids) if found else []


def _failing(session: Session) -> Iterator[tuple[bool, int, str, str, datetime]]:
    for kind in FAILING:
        chosen = select(InboxRow.id, InboxRow.error, InboxRow.subject, InboxRow.received_at).where(*kind.conditions)
        for row_id, error, subject, received_at in session.execute(chosen.order_by(*kind.order).limit(LOOKED_AT)):
            yield kind is ATTENTION, row_id, error or "", subject, received_at

"""What an event is by the version of its subject: the next one, an old one, or one that came too early.

Too early means that something is missing. We do not hold such an event back: the snapshot that we ask for then
says what it said, because it is made after it.
"""

from enum import StrEnum
from sqlite3 import IntegrityError

from period_report.envelope import Event, Malformed, read
from period_report.projection import CHANGES, NOUNS
from period_report.state import State


class Outcome(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    NOT_NEEDED = "not needed"
    REPEATED = "repeated"
    LATE = "late"
    EARLY = "early"
    PUT_ASIDE = "put aside"


def take(state: State, body: bytes, publisher: str) -> Outcome:
    """Work one message off in one transaction. Afterwards it may be acknowledged, whatever the outcome is."""
    try:
        event = read(body, publisher)
    except Malformed as problem:
        with state.transaction():
            state.put_aside(publisher, str(problem), body)
        return Outcome.PUT_ASIDE
    try:
        with state.transaction():
            return _follow(state, event)
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, IntegrityError) as problem:
        # The data is not what was promised. A snapshot of the subject may well be.
        with state.transaction():
            state.put_aside(publisher, f"{event.name}: {type(problem).__name__}: {problem}", body)
            if not event.is_snapshot:
                state.note_gap(publisher, event.subject, event.version)
        return Outcome.PUT_ASIDE


def _follow(state: State, event: Event) -> Outcome:
    if event.noun not in NOUNS[event.publisher] or event.major != 1:
        # Another major of an event is its twin: the same version comes in the major that we read.
        return Outcome.NOT_NEEDED
    if state.knows(event.id):
        return Outcome.REPEATED
    followed = state.version(event.publisher, event.subject)
    if event.version < followed or (event.version == followed and not event.is_snapshot):
        return Outcome.LATE
    if event.version > followed + 1 and not event.is_snapshot:
        state.note_gap(event.publisher, event.subject, event.version)
        return Outcome.EARLY
    change = CHANGES.get((event.publisher, event.name))
    if change is not None:
        change(state.db, event)
    state.remember(event.id, event.publisher, event.subject, event.version)
    return Outcome.APPLIED

"""Both halves of a sender's transaction as one PostgreSQL statement, for messages that give no trouble.

By itself a statement is a transaction of its own: one journey to the server and one commit for each message, with its
line in the timeline and its event. What one of the halves does not find as it should be it leaves as it was; the unit
of work that follows then says what is to be done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, false, insert, select

from notifications.messages.models import Message, MessageStep
from notifications.published import MESSAGE_SENT
from notifications.sending.claims import Held
from notifications.sending.outcomes import Outcome
from notifications.sending.quick_turns import (
    beginning,
    beginning_values,
    event_data,
    is_fresh,
    is_plain,
    sent_step,
    settling,
    settling_values,
    still_ours,
)
from shared import faults
from shared.outbox.first_events import Occasion, first_event, numbered, recorded
from shared.runtime import Runtime

_MESSAGES: Any = Message.__table__
_STEPS: Any = MessageStep.__table__
_LINE = ("notice_id", "message_id", "at", "kind", "facts")


class SingleTurns:
    """Keeps one connection while a batch is worked off. Not for several threads at once."""

    def __init__(self, runtime: Runtime, lease: timedelta) -> None:
        self._runtime = runtime
        self._lease = lease
        self._link: Connection | None = None

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Hold a connection: without one `turn` does nothing. On SQLite there is no journey to save."""
        database = self._runtime.database
        if database.dialect != "postgresql":
            yield
            return
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as self._link:
            try:
                yield
            finally:
                self._link = None

    def turn(self, settled: tuple[Held, Outcome] | None, following: Held | None) -> tuple[bool, bool]:
        """Whether the one was written down as sent, and whether the other may be handed over now.

        After an outcome that is more than "sent" nothing is done: it may be a reason not to send the other.
        """
        if following is not None and not is_fresh(following):
            following = None
        nothing = settled is None and following is None
        if self._link is None or nothing or (settled is not None and not is_plain(settled[1])):
            return False, False
        now = self._runtime.clock()
        values: dict[str, Any] = {}
        if settled is not None:
            values |= self._settling(*settled, now)
        if following is not None:
            values |= beginning_values(following, now)
        statement = _statement(settled is not None, following.channel if following is not None else None, self._lease)
        if settled is not None:
            faults.reach(f"{faults.acting.get()}.before-commit")
        done = self._link.execute(statement, values).one()
        if done.settled:
            faults.reach(f"{faults.acting.get()}.after-commit")
        return bool(done.settled), bool(done.begun)

    def _settling(self, held: Held, outcome: Outcome, now: datetime) -> dict[str, Any]:
        """The parameters of the row, of the line in the timeline and of the event."""
        occasion = Occasion(
            self._runtime.service.name, now, now, held.correlation_id, str(held.event_id), held.traceparent
        )
        return {
            **settling_values(held, outcome, now),
            **{f"line_{name}": value for name, value in sent_step(held, outcome, now).items()},
            **first_event(occasion, MESSAGE_SENT, held.message_id, event_data(held)),
        }


@cache
def _statement(settles: bool, channel: str | None, lease: timedelta) -> Any:
    """A row of two truths. An event that is not its subject's first is left, with all that belongs to it, to others."""
    parts: list[Any] = []
    was_settled: ColumnElement[bool] = false()
    has_begun: ColumnElement[bool] = false()
    if settles:
        held = select(_MESSAGES.c.id).where(*still_ours()).with_for_update().cte("held")
        counted = numbered(held)
        is_first = exists(select(counted))
        settled = settling().where(is_first).returning(_MESSAGES.c.id).cte("settled")
        line = select(*(bindparam(f"line_{name}", type_=_STEPS.c[name].type) for name in _LINE)).where(is_first)
        parts += [settled, insert(_STEPS).from_select(_LINE, line).cte("told"), recorded(counted)]
        was_settled = exists(select(settled))
    if channel is not None:
        begun = beginning(channel, lease, "postgresql").returning(_MESSAGES.c.id).cte("begun")
        parts.append(begun)
        has_begun = exists(select(begun))
    return select(was_settled.label("settled"), has_begun.label("begun")).add_cte(*parts)

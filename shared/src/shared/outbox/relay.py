"""Publishing the outbox: in order, with confirms, by one holder of a lease, marking only what the bus confirmed.

A pass takes the oldest pending rows and publishes them in one pipeline. Only the rows before the first one without
a confirm are marked; the rest is published again from there, in order, and its doubles are known by their ids. Rows
that no queue takes, or that the bus refuses, are set aside with the reason and hold nobody up. There is no cursor: a
row whose transaction commits late is found like any other.

What the broker does not let us publish to an exchange waits, in its order, and holds up that exchange alone: from time
to time the first of its rows is tried, until the permission is there.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session

from shared import faults
from shared.bus import OutboundMessage, Outcome, Publisher
from shared.database.leases import HeldLease
from shared.database.tables import OutboxRow
from shared.operations import message_spans
from shared.runtime import Runtime

log = logging.getLogger(__name__)

WINDOW = 1000
LEASE = timedelta(seconds=30)
PUBLISH_WAIT_SECONDS = 10.0
TRY_FORBIDDEN_SECONDS = 2.0
"""Between two tries of an exchange to which we may not publish."""


@dataclass(frozen=True)
class Relayed:
    """What one pass did: numbers, those of the unrouted rows by the reason why no queue took them.

    ``stuck`` says that the bus left something unconfirmed.
    """

    found: int = 0
    confirmed: int = 0
    unrouted: Mapping[str, int] = field(default_factory=dict)
    stuck: bool = False


IS_PENDING = "SELECT EXISTS (SELECT 1 FROM outbox WHERE published_at IS NULL AND unrouted_at IS NULL)"
PendingRow = Row[int, UUID, str, str, str, str, datetime, str | None]
PENDING = (
    select(
        OutboxRow.id,
        OutboxRow.event_id,
        OutboxRow.exchange,
        OutboxRow.routing_key,
        OutboxRow.type,
        OutboxRow.correlation_id,
        OutboxRow.recorded_at,
        OutboxRow.body,
    )
    .where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
    .order_by(OutboxRow.id)
)


class Relay:
    """One relay of one service. Any number may run; the one that holds the lease works."""

    def __init__(self, runtime: Runtime, publisher: Publisher, *, lease: timedelta = LEASE) -> None:
        self.runtime = runtime
        self.publisher = publisher
        self.lease = HeldLease(runtime.database, "relay", lease)
        self._forbidden: set[str] = set()
        self._try_again_at = 0.0

    def run_once(self) -> Relayed:
        """One pass. Raises only for the database's reasons; a bus that is away shows as ``stuck``.

        While there is nothing to publish, nothing is written: the lease is taken when there is work for it.
        """
        if not self.lease.is_fresh:
            with self.runtime.reading() as session:
                if session.execute(PENDING.limit(1)).first() is None:
                    return Relayed()
            if self.lease.hold() is None:
                return Relayed()
        with self.runtime.reading() as session:
            pending = self._pending(session)
        if not pending:
            return Relayed()
        messages = [message_of(row) for row in pending]
        faults.reach("relay.before-publish")
        started = time.time_ns()
        outcomes = self.publisher.publish(messages, PUBLISH_WAIT_SECONDS)
        message_spans.published(messages, outcomes, started, self.runtime.settings.bus_url)
        faults.reach("relay.after-publish")
        return self._mark(pending, outcomes)

    def _pending(self, session: Session) -> Sequence[PendingRow]:
        """The next rows; of an exchange that is forbidden only the first one, and that not all the time."""
        allowed = PENDING.where(OutboxRow.exchange.not_in(self._forbidden)) if self._forbidden else PENDING
        rows = list(session.execute(allowed.limit(WINDOW)))
        if self._forbidden and time.monotonic() >= self._try_again_at:
            self._try_again_at = time.monotonic() + TRY_FORBIDDEN_SECONDS
            for exchange in self._forbidden:
                rows += session.execute(PENDING.where(OutboxRow.exchange == exchange).limit(1))
        return sorted(rows, key=lambda row: row.id)

    def _mark(self, pending: Sequence[PendingRow], outcomes: Sequence[Outcome]) -> Relayed:
        answered: dict[Outcome, list[int]] = {}
        held = 0
        for row, outcome in zip(pending, outcomes, strict=True):
            if outcome is Outcome.UNKNOWN:
                break
            if outcome is Outcome.FORBIDDEN:
                held += 1
                self._hold(row.exchange)
                continue
            self._forbidden.discard(row.exchange)
            answered.setdefault(outcome, []).append(row.id)
        with self.runtime.database.writing() as session:
            for outcome, ids in answered.items():
                marked: Any = session.execute(
                    update(OutboxRow)
                    .where(_exactly(ids), self.lease.is_held())
                    .values(self._mark_of(outcome))
                    .execution_options(synchronize_session=False)
                )
                if marked.rowcount == 0:
                    log.warning("the relay lost its lease; what it sent will be sent again")
                    self.lease.token = None
                    return Relayed(found=len(pending))
        faults.reach("relay.after-mark")
        confirmed = len(answered.pop(Outcome.CONFIRMED, ()))
        unrouted = {outcome.value: len(ids) for outcome, ids in answered.items()}
        done = confirmed + sum(unrouted.values()) + held
        if unrouted:
            log.warning("set aside: the bus does not take them", extra={"because": unrouted})
        return Relayed(len(pending), confirmed, unrouted, stuck=done < len(pending))

    def _hold(self, exchange: str) -> None:
        if exchange not in self._forbidden:
            self._forbidden.add(exchange)
            self._try_again_at = time.monotonic() + TRY_FORBIDDEN_SECONDS

    def _mark_of(self, outcome: Outcome) -> dict[str, Any]:
        now = self.runtime.clock()
        if outcome is Outcome.CONFIRMED:
            return {"published_at": now}
        return {"unrouted_at": now, "unrouted_because": outcome.value}


def _exactly(ids: Sequence[int]) -> ColumnElement[bool]:
    """These ids, which are sorted; a range where they leave none out, which is cheaper to say."""
    if ids[-1] - ids[0] + 1 == len(ids):
        return OutboxRow.id.between(ids[0], ids[-1])
    return OutboxRow.id.in_(ids)


def message_of(row: PendingRow) -> OutboundMessage:
    """The message that carries this row: its body as it was recorded, its attributes repeated for who filters."""
    body = row.body or ""  # a pending row has its body: only what was published loses it
    attributes = _attributes(body)
    return OutboundMessage(
        message_id=str(row.event_id),
        exchange=row.exchange,
        routing_key=row.routing_key,
        body=body.encode(),
        type=row.type,
        app_id=attributes["source"].removeprefix("/services/"),
        timestamp=row.recorded_at,
        correlation_id=row.correlation_id,
        headers={_header(name): str(value) for name, value in attributes.items()},
    )


def _attributes(body: str) -> dict[str, Any]:
    """The attributes of an event; its data, by far the largest part, comes last and is not looked into.

    No attribute can hold the words that part them: its quotation marks would be written with backslashes.
    """
    head, found, _ = body.partition(',"data":')
    attributes: dict[str, Any] = json.loads(head + "}" if found else body)
    attributes.pop("data", None)
    return attributes


@cache
def _header(attribute: str) -> str:
    return f"cloudEvents_{attribute}"

"""Beside a million rows that were dealt with, the statements that run all day go by indexes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.clock import utc_now
from shared.database.tables import InboxRow, OutboxRow
from shared.deliveries.ages import ages
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox.intake import take_in
from shared.inbox.processor import Processor
from shared.inbox.requests import ask_for_snapshot
from shared.outbox.relay import Relay
from shared.retention import Kept, forget
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage
from shared.testing.example import READER, reactions
from shared.testing.plans import analyse, fill, planned

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
ROWS = 1_000_000
QUEUE = "reader.publisher-events"


def events(number: int) -> list[Envelope]:
    """Events of half as many subjects, the second of each in its order, and with a twin in another major."""
    made = []
    for _ in range(number // 2):
        thing = new_id()
        for version, major in ((1, 2), (1, 1), (2, 1)):
            made.append(
                Envelope(
                    id=new_id(),
                    source="/services/publisher",
                    type=f"org.yizhan.publisher.thing.named.v{major}",
                    subject=f"thing/{thing}",
                    subjectversion=version,
                    time=utc_now(),
                    data={"thing_id": str(thing), "name": "lamp"},
                )
            )
    return made


def receive(runtime: Runtime, batch: list[Envelope]) -> None:
    messages = [HandMadeMessage(QUEUE, event.to_json().encode()) for event in batch]
    with runtime.database.writing() as session:
        take_in(session, messages, sources={QUEUE: "/services/publisher"}, now=runtime.clock())


def test_what_runs_all_day_goes_by_indexes(reader: Runtime, scripted: Any) -> None:
    runtime = reader
    runtime.clock = utc_now
    fill(runtime, ROWS)
    receive(runtime, events(200))
    for _ in range(300):
        with runtime.unit_of_work() as work:
            ask_for_snapshot(work, READER, reactions, noun="thing")
    analyse(runtime)
    bus, kept = scripted(), Kept(bodies=timedelta(days=29), events=timedelta(days=178))
    with planned(runtime, "outbox", "inbox", "inbox_positions", "refused_messages", "snapshot_answers") as plans:
        relay = Relay(runtime, bus)
        assert relay.run_once().confirmed == 300
        batch = events(10)
        receive(runtime, batch)
        receive(runtime, batch)
        processor = Processor(runtime)
        done = 0
        while (result := processor.run_once()).found:
            done += result.done
        assert done == 315
        assert forget(runtime, kept) > 0
        with runtime.reading() as session:
            ages(session, runtime.clock())
            for model in (OutboxRow, InboxRow):
                assert session.scalars(select(model).where(model.correlation_id == f"r{ROWS - 77}")).one()
    assert len(plans) > 20
    # To delete 500 of a few thousand refused messages by their ids, reading them all may be the cheaper plan.
    few = ("DELETE FROM refused_messages WHERE", "DELETE FROM snapshot_answers WHERE")
    assert [plan for plan in plans if plan.scans and not plan.statement.startswith(few)] == []

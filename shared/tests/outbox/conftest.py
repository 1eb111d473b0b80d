"""A publisher with its database and the bus of the stack, and what arrives on the bus from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.bus import Bus, OutboundMessage, Outcome, ReceivedMessage, connect
from shared.clock import utc_now
from shared.database.tables import OutboxRow
from shared.events.envelope import Envelope, parse
from shared.forbidden import Forbidden
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.bus_under_test import BusUnderTest, Receiving
from shared.testing.example import PUBLISHER, READER, name_thing
from shared.worker.declaring import topology

QUEUE = "reader.publisher-events"


@dataclass
class Source:
    """The publishing service of the kernel's example."""

    runtime: Runtime
    bus_url: str

    @property
    def bus(self) -> Bus:
        return connect(self.bus_url)

    def declare(self) -> None:
        for service in (PUBLISHER, READER, PUBLISHER):
            self.bus.declare(topology(service))

    def name(self, thing: UUID | None = None, name: str = "lamp") -> UUID:
        """One command about one thing."""
        thing = thing or new_id()
        with self.runtime.unit_of_work() as work:
            name_thing(work, thing, name)
        return thing

    def rows(self) -> Sequence[OutboxRow]:
        with self.runtime.reading() as session:
            return session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()

    def pending(self) -> list[int]:
        return [row.id for row in self.rows() if row.published_at is None and row.unrouted_at is None]

    def arrived(self) -> list[Envelope]:
        """What the consumer's queue holds when a last message has come through it."""
        received: list[ReceivedMessage] = []
        under_test = BusUnderTest(self.bus_url, None, "publisher", "reader")  # type: ignore[arg-type]
        with Receiving(under_test, received.extend) as receiving:
            assert under_test.publish([under_test.message("end")]) == [Outcome.CONFIRMED]
            receiving.wait_for(lambda: bool(received) and received[-1].body == b"end", 60)
        return [parse(message.body, message.content_type, {}) for message in received[:-1]]

    def check(self, events: Sequence[Envelope] | None = None) -> None:
        """Everything recorded has arrived, what is marked has been confirmed, and each subject came in its order."""
        events = self.arrived() if events is None else events
        ids = [event.id for event in events]
        rows = self.rows()
        assert {row.event_id for row in rows} == set(ids)
        assert all(row.published_at is not None for row in rows)
        first = {}
        for event in events:
            first.setdefault(event.id, event)
        by_subject = sorted(first.values(), key=lambda event: event.subject)
        for subject, found in groupby(by_subject, key=lambda event: event.subject):
            versions = [event.subjectversion for event in found]
            assert versions == sorted(versions), subject


@pytest.fixture
def source(publisher: Runtime, empty_bus: Callable[..., str]) -> Source:
    publisher.clock = utc_now
    made = Source(publisher, empty_bus(PUBLISHER, READER))
    made.declare()
    return made


@dataclass
class ScriptedPublisher:
    """A bus that gives the outcomes it was told to give, then confirms; it keeps what it was sent."""

    script: list[list[Outcome]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    sent: list[OutboundMessage] = field(default_factory=list)
    connected: bool = True
    last_error: str | None = None
    forbidden: frozenset[Forbidden] = frozenset()

    def publish(self, messages: Sequence[OutboundMessage], wait: float) -> list[Outcome]:
        self.sent += messages
        self.meanwhile()
        told = self.script.pop(0) if self.script else []
        return [*told, *[Outcome.CONFIRMED] * len(messages)][: len(messages)]

    def keep_alive(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> "ScriptedPublisher":
        return self

    def __exit__(self, *exc_info: object) -> None: ...


@pytest.fixture
def scripted() -> type[ScriptedPublisher]:
    return ScriptedPublisher

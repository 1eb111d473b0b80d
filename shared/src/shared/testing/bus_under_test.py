"""What the behaviour suite of the bus needs of each bus: an address, names of its own, and two kinds of clients."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.bus import (
    Bus,
    Consumption,
    OutboundMessage,
    Outcome,
    ReceivedMessage,
    connect,
    events_exchange,
    events_queue,
    topology_for,
)
from shared.testing.bus_clients import ForeignClient

RECEIVE_TIMEOUT = 30.0
WAIT = 20.0


def new_service(kind: str) -> str:
    """A service name that no other test uses."""
    return f"{kind}-{uuid.uuid4().hex[:12]}"


@dataclass
class BusUnderTest:
    """One publisher and one consumer on a bus, with names of their own so that tests do not meet."""

    url: str
    foreign: ForeignClient
    publisher_name: str = field(default_factory=lambda: new_service("publisher"))
    consumer_name: str = field(default_factory=lambda: new_service("consumer"))

    @property
    def bus(self) -> Bus:
        """The bus as services use it."""
        return connect(self.url)

    @property
    def exchange(self) -> str:
        """The publisher's exchange of events."""
        return events_exchange(self.publisher_name)

    @property
    def queue(self) -> str:
        """The consumer's queue."""
        return events_queue(self.consumer_name, self.publisher_name)

    def declare(self) -> None:
        """Let both sides declare."""
        self.bus.declare(topology_for(self.publisher_name))
        self.bus.declare(topology_for(self.consumer_name, consumes=[Consumption(self.publisher_name)]))

    def message(self, body: object, key: str = "thing.changed.v1", exchange: str | None = None) -> OutboundMessage:
        """A message of the publisher; its text is its body."""
        return OutboundMessage(
            message_id=str(uuid.uuid4()),
            exchange=exchange or self.exchange,
            routing_key=f"{self.publisher_name}.{key}",
            body=str(body).encode(),
            type=f"org.yizhan.{self.publisher_name}.{key}",
            app_id=self.publisher_name,
            timestamp=datetime.now(UTC),
            correlation_id="correlation",
            headers={"cloudEvents_subject": "thing/1"},
        )

    def publish(self, messages: Sequence[OutboundMessage]) -> list[Outcome]:
        """Publish over a new link."""
        with self.bus.publisher() as publisher:
            return publisher.publish(messages, WAIT)

    def receive(self, count: int, *queues: str) -> list[ReceivedMessage]:
        """Receive exactly `count` messages; raises TimeoutError when fewer come."""
        received: list[ReceivedMessage] = []
        with Receiving(self, received.extend, *queues) as receiving:
            receiving.wait_for(lambda: len(received) >= count)
        return received

    def bodies(self, count: int, *queues: str) -> list[str]:
        """The texts of what `receive` gives."""
        return [message.body.decode() for message in self.receive(count, *queues)]


def publish_numbered(bus_url: str, publisher_name: str, prefix: str, count: int) -> None:
    """Publish `count` messages for an existing publisher; importable, so that another process can be given it."""
    with connect(bus_url).publisher() as publisher:
        messages = [
            OutboundMessage(
                message_id=str(uuid.uuid4()),
                exchange=events_exchange(publisher_name),
                routing_key=f"{publisher_name}.thing.changed.v1",
                body=f"{prefix}{number}".encode(),
                type="numbered",
                app_id=publisher_name,
                timestamp=datetime.now(UTC),
            )
            for number in range(count)
        ]
        publisher.publish(messages, WAIT)


class Receiving:
    """A receiver in a thread of its own."""

    def __init__(
        self,
        bus: BusUnderTest,
        on_batch: Callable[[list[ReceivedMessage]], None],
        *queues: str,
        wait_until_ready: Callable[[threading.Event], None] | None = None,
    ) -> None:
        self.receiver = bus.bus.receiver(queues or [bus.queue])
        self.stop = threading.Event()
        self.error: Exception | None = None
        self._changed = threading.Condition()
        self._take = on_batch
        self._wait_until_ready = wait_until_ready
        self._thread = threading.Thread(target=self._run)

    def wait_for(self, condition: Callable[[], bool], timeout: float = RECEIVE_TIMEOUT) -> None:
        """Wait for a condition that a batch, the receiver's end or time itself may bring about."""
        waited = 0.0
        with self._changed:
            while not condition():
                if waited >= timeout:
                    raise TimeoutError(f"not within {timeout} s; last error: {self.receiver.last_error}")
                waited += 0.05
                self._changed.wait(0.05)

    def join(self, timeout: float) -> bool:
        """Wait for the end of the thread; tells whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Receiving:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop.set()
        self._thread.join()

    def _on_batch(self, batch: list[ReceivedMessage]) -> None:
        self._take(batch)
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            self.receiver.run(self.stop, self._on_batch, self._wait_until_ready)
        except RuntimeError as error:
            self.error = error

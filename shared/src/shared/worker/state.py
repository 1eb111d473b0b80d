"""What the loops of one worker tell each other and the outside: wake-ups, numbers, and how they are."""

import threading
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.bus import Receiver
from shared.forbidden import Forbidden


class WorkerState:
    """Shared by the threads of one worker process."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.outbox_changed = threading.Event()
        self.inbox_changed = threading.Event()
        self.requests_taken = threading.Event()
        self.missing_publishers: frozenset[str] | None = None
        self.forbidden: dict[str, frozenset[Forbidden]] = {}
        """What the broker does not allow, by the loop that met it."""
        self.receiver: Receiver | None = None
        self.publishing = False
        self.registry = CollectorRegistry()
        self._published = self._counter("yizhan_outbox_published", "Events handed to the bus.", "outcome")
        self._received = self._counter("yizhan_inbox_received", "Messages that arrived.", "outcome")
        self._processed = self._counter("yizhan_inbox_processed", "Events worked off.", "outcome")
        self.restarts = self._counter("yizhan_worker_restarts", "Loops that failed and were restarted.", "loop")
        self.age = Gauge(
            "yizhan_delivery", "Ages in seconds and counts of what waits.", ("service", "what"), registry=self.registry
        )

    @property
    def all_forbidden(self) -> frozenset[Forbidden]:
        return frozenset(each for found in self.forbidden.values() for each in found)

    def _counter(self, name: str, meaning: str, label: str) -> Counter:
        return Counter(name, meaning, ("service", label), registry=self.registry)

    def published(self, confirmed: int, unrouted: Mapping[str, int]) -> None:
        """``unrouted`` is by the reason; each is an outcome of its own."""
        _add(self._published, self.service, confirmed=confirmed, **unrouted)

    def received(self, accepted: int, repeated: int, refused: int) -> None:
        _add(self._received, self.service, accepted=accepted, repeated=repeated, refused=refused)

    def processed(self, done: int, failed: int) -> None:
        _add(self._processed, self.service, done=done, failed=failed)


def _add(counter: Counter, service: str, **outcomes: int) -> None:
    for outcome, number in outcomes.items():
        if number:
            counter.labels(service, outcome).inc(number)

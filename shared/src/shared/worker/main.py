"""The worker process from its start to its end."""

import logging
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType

from shared import faults
from shared.bus import connect
from shared.operations import exporting
from shared.runtime import Runtime
from shared.worker.health import serve
from shared.worker.roles import threads_of
from shared.worker.state import WorkerState
from shared.worker.supervision import Supervision

log = logging.getLogger(__name__)

STOP_SECONDS = 7.0
"""For the loops to end; the last spans and the exit itself have what is left of ten seconds."""


def run_worker(runtime: Runtime, roles: Sequence[str]) -> int:
    """Run these roles until SIGTERM or SIGINT. The exit code: 0 when it was told to stop, 1 when a loop gave up.

    A loop that waits for a database or broker that does not answer cannot always be told to stop. It is left behind:
    what it has begun is one transaction, which the database rolls back, or messages that are sent again.
    """
    faults.refuse_in_production(runtime.settings.production)
    stop = threading.Event()
    told: SimpleQueue[int] = SimpleQueue()

    def end(number: int, _frame: FrameType | None) -> None:
        # Nothing else: an Event's lock may be held by what the signal interrupts, by another signal's handler too.
        told.put(number)

    exporting.configure(runtime.service.name, "worker")
    state = WorkerState(runtime.service.name)
    bus = connect(runtime.settings.bus_url)
    supervision = Supervision(threads_of(runtime, bus, state, roles), state, stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    server = serve(runtime, state, supervision.alive)
    supervision.start()
    log.info("worker started", extra={"roles": list(roles)})
    while not stop.is_set():
        with suppress(Empty):
            told.get(timeout=1.0)
            break
    for event in (stop, state.outbox_changed, state.inbox_changed, state.requests_taken):
        event.set()
    late = supervision.join(STOP_SECONDS)
    server.shutdown()
    runtime.close()
    exporting.close()
    if late:
        log.warning("left behind in the middle of waiting: %s", ", ".join(late))
    return 1 if supervision.failed else 0

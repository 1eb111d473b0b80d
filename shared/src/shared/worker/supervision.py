"""Keeping the loops of a worker alive: restart with backoff, and give up loudly when that does not help."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence

from shared.database import database_is_away
from shared.worker.state import WorkerState

log = logging.getLogger(__name__)

Loop = Callable[[threading.Event], None]
QUICK_SECONDS = 30.0
MOST_QUICK_FAILURES = 20
_LONGEST_WAIT = 10.0
_DATABASE_WAIT = 2.0


class Supervision:
    """Runs each loop in a thread. ``failed`` is set when one could not be kept running."""

    def __init__(self, loops: Sequence[tuple[str, Loop]], state: WorkerState, stop: threading.Event) -> None:
        self.loops = loops
        self.state = state
        self.stop = stop
        self.failed = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for name, loop in self.loops:
            thread = threading.Thread(target=self._keep, args=(name, loop), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self, seconds: float) -> list[str]:
        """Wait for all loops to end; the names of those that did not in time."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def alive(self) -> dict[str, bool]:
        return {thread.name: thread.is_alive() for thread in self._threads}

    def _keep(self, name: str, loop: Loop) -> None:
        quick_failures = 0
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                loop(self.stop)
                if self.stop.is_set():
                    return
                log.error("%s ended by itself", name)
            except Exception as error:
                if database_is_away(error):
                    # Not this loop's failure: it waits, for as long as that takes.
                    log.warning("%s waits for the database: %s", name, type(error).__name__)
                    self.stop.wait(_DATABASE_WAIT * random.uniform(0.5, 1.0))
                    continue
                log.exception("%s failed", name)
            self.state.restarts.labels(self.state.service, name).inc()
            quick_failures = quick_failures + 1 if time.monotonic() - started < QUICK_SECONDS else 1
            if quick_failures > MOST_QUICK_FAILURES:
                log.critical("%s cannot be kept running; the process ends", name)
                self.failed = True
                self.stop.set()
                return
            self.stop.wait(min(0.2 * 2**quick_failures, _LONGEST_WAIT) * random.uniform(0.5, 1.0))

"""From a command to its effect in another service's database: one at a time, and at a steady rate."""

import statistics
import threading
import time
from collections.abc import Callable, Collection
from contextlib import closing
from uuid import UUID

from setting import Setting

from shared.identifiers import new_id
from shared.testing.example import name_thing

ALONE = "one at a time"
STEADY = "at 200 commands a second"
RATE = 200
SECONDS = 20
_WRITERS = 4
_LOOK_SECONDS = 0.004
_LONGEST_SECONDS = 120.0


def measure(setting: Setting, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Milliseconds from when a command was due to when its effect was seen, both workers running; sorted.

    In databases of its own: a worker that starts answers what is asked of it, with snapshots of all that is there.
    """
    setting.start_afresh()
    workers = [setting.worker(runtime, "relay,receive,process") for runtime in (setting.publisher, setting.reader)]
    alone(setting, 1)
    say("latency, one command at a time")
    found = {ALONE: alone(setting, 100)}
    say(f"latency, {RATE} commands a second for {SECONDS} seconds")
    found[STEADY] = steady(setting)
    for worker in workers:
        worker.terminate()
    return {name: sorted(each * 1000 for each in seconds) for name, seconds in found.items()}


class Effects:
    """Sees new effects, past SQLAlchemy: a look costs a twentieth of a millisecond, so it can be had often."""

    def __init__(self, setting: Setting) -> None:
        self._engine = setting.reader.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()
        self._last = 0
        self.seen: dict[UUID, float] = {}
        self.look()

    def look(self) -> Collection[UUID]:
        with closing(self._connection.connection.cursor()) as cursor:
            cursor.execute("SELECT id, thing_id FROM notes WHERE id > %s ORDER BY id", (self._last,))
            rows = cursor.fetchall()
        now = time.perf_counter()
        for row_id, thing in rows:
            self._last = row_id
            self.seen[thing] = now
        return [thing for _, thing in rows]

    def wait_for(self, things: Collection[UUID]) -> None:
        missing = set(things).difference(self.seen)
        deadline = time.monotonic() + _LONGEST_SECONDS
        while missing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(missing)} commands had no effect")
            time.sleep(_LOOK_SECONDS)
            missing.difference_update(self.look())

    def close(self) -> None:
        self._connection.close()


def alone(setting: Setting, number: int) -> list[float]:
    found = []
    with closing(Effects(setting)) as effects:
        for _ in range(number):
            thing = new_id()
            started = time.perf_counter()
            command(setting, thing)
            effects.wait_for([thing])
            found.append(effects.seen[thing] - started)
            # The next one comes when everything has come to rest.
            time.sleep(0.2)
    return found


def steady(setting: Setting) -> list[float]:
    """An open loop: a command that comes late has waited since it was due."""
    number = RATE * SECONDS
    started = time.perf_counter() + 0.5
    due = {new_id(): started + each / RATE for each in range(number)}

    def write(first: int) -> None:
        for thing, moment in list(due.items())[first::_WRITERS]:
            time.sleep(max(0.0, moment - time.perf_counter()))
            command(setting, thing)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(_WRITERS)]
    for thread in threads:
        thread.start()
    with closing(Effects(setting)) as effects:
        effects.wait_for(due)
        found = [effects.seen[thing] - moment for thing, moment in due.items()]
    for thread in threads:
        thread.join()
    return found


def command(setting: Setting, thing: UUID) -> None:
    with setting.publisher.unit_of_work() as work:
        name_thing(work, thing, "latency")


def table(latencies: dict[str, list[float]]) -> list[str]:
    return [
        "| command to effect | p50 ms | p95 ms | p99 ms |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {statistics.median(found):.0f} | {at(found, 0.95):.0f} | {at(found, 0.99):.0f} |"
            for name, found in latencies.items()
        ),
    ]


def at(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

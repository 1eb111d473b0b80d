"""From a command to its effect in another service's database: one at a time, and at a steady rate."""

import statistics
import threading
import time
from collections.abc import Callable
from uuid import UUID

from setting import Setting
from sqlalchemy import select

from shared.identifiers import new_id
from shared.testing.example import Note, name_thing
from shared.testing.processes import wait_until

ALONE = "one at a time"
STEADY = "at 200 commands a second"
RATE = 200
SECONDS = 20
_WRITERS = 4
_LOOK_SECONDS = 0.002


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


def alone(setting: Setting, number: int) -> list[float]:
    found = []
    for _ in range(number):
        thing = new_id()
        started = time.perf_counter()
        command(setting, thing)
        while not seen_since(setting, thing):
            time.sleep(_LOOK_SECONDS)
        found.append(time.perf_counter() - started)
        # The next one comes when everything has come to rest.
        time.sleep(0.2)
    return found


def steady(setting: Setting) -> list[float]:
    """An open loop: a command that comes late has waited since it was due."""
    due: dict[UUID, float] = {}
    seen: dict[UUID, float] = {}
    number = RATE * SECONDS
    started = time.perf_counter() + 0.5

    def write(first: int) -> None:
        for each in range(first, number, _WRITERS):
            moment = started + each / RATE
            time.sleep(max(0.0, moment - time.perf_counter()))
            thing = new_id()
            due[thing] = moment
            command(setting, thing)

    def watch() -> None:
        last = newest(setting)
        while len(seen) < number:
            with setting.reader.reading() as session:
                rows = session.execute(select(Note.id, Note.thing_id).where(Note.id > last).order_by(Note.id)).all()
            now = time.perf_counter()
            for row_id, thing in rows:
                last = row_id
                seen[thing] = now
            time.sleep(_LOOK_SECONDS)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(_WRITERS)]
    watcher = threading.Thread(target=watch, daemon=True)
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len(seen) >= number, 120, "all effects")
    watcher.join()
    return [seen[thing] - moment for thing, moment in due.items()]


def command(setting: Setting, thing: UUID) -> None:
    with setting.publisher.unit_of_work() as work:
        name_thing(work, thing, "latency")


def newest(setting: Setting) -> int:
    with setting.reader.reading() as session:
        return session.execute(select(Note.id).order_by(Note.id.desc()).limit(1)).scalar() or 0


def seen_since(setting: Setting, thing: UUID) -> bool:
    with setting.reader.reading() as session:
        return session.execute(select(Note.id).where(Note.thing_id == thing)).first() is not None


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

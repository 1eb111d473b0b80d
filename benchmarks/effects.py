"""From the inbox to the effects: two ordered processors beside two Celery workers that acknowledge late."""

import os
import statistics
import sys
import time
from collections.abc import Callable

from setting import HERE, QUEUE, Setting
from sqlalchemy import create_engine, func, select, text

from shared.clock import utc_now
from shared.identifiers import new_id
from shared.inbox.intake import take_in
from shared.testing.delivery import HandMadeMessage
from shared.testing.example import Note
from shared.testing.processes import wait_until

OURS = "two ordered processors"
CELERY = "two Celery workers, acks late"


def measure(setting: Setting, number: int, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Effects a second of each, the median of the rounds."""
    rates: dict[str, list[float]] = {OURS: [], CELERY: []}
    for _ in range(rounds):
        say(f"{number} effects with two processors, then with two Celery workers")
        rates[OURS].append(number / processors(setting, number, 2))
        rates[CELERY].append(number / celery(setting, number))
    return {name: statistics.median(found) for name, found in rates.items()}


def processors(setting: Setting, number: int, count: int) -> float:
    """Seconds for so many waiting events to have their effects, with so many processors."""
    setting.empty_inbox()
    with setting.reader.database.writing() as session:
        messages = [HandMadeMessage(QUEUE, body.encode()) for body in setting.recorded(number)]
        take_in(session, messages, sources={QUEUE: "/services/publisher"}, now=utc_now())

    def notes() -> int:
        with setting.reader.reading() as session:
            return int(session.execute(select(func.count()).select_from(Note)).scalar_one())

    workers = [setting.worker(setting.reader, "process") for _ in range(count)]
    seconds = until_all(notes, number)
    for worker in workers:
        worker.terminate()
    return seconds


def celery(setting: Setting, number: int) -> float:
    """Seconds for two Celery workers to have the same effects."""
    from peer import app, note

    engine = create_engine(setting.reader.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS peer_seen (id text PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS peer_notes (id bigserial PRIMARY KEY, text varchar(80))"))
        connection.execute(text("TRUNCATE peer_seen, peer_notes"))
    with app.producer_or_acquire() as producer:
        for body in setting.recorded(number):
            note.apply_async((str(new_id()), body), producer=producer)

    def done() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM peer_notes")).scalar_one())

    worker = setting.runner.start(
        f"celery-{time.monotonic_ns()}",
        [sys.executable, "-m", "celery", "-A", "peer", "worker", "-c", "2", "-l", "warning", "--without-gossip"],
        {**os.environ, "PYTHONPATH": str(HERE), "BENCH_DATABASE_URL": setting.reader.settings.database_url},
    )
    seconds = until_all(done, number)
    worker.terminate(30)
    engine.dispose()
    return seconds


def until_all(count: Callable[[], int], number: int) -> float:
    """Seconds for all of them, by the rate after the first ones were seen: starting a process does not count."""
    wait_until(lambda: count() > 0, 120, "the first effect")
    first, started = count(), time.perf_counter()
    wait_until(lambda: count() >= number, 600, "all effects")
    return (time.perf_counter() - started) * number / max(1, number - first)


def table(rates: dict[str, float]) -> list[str]:
    peer = rates[CELERY]
    return [
        "| effects, PostgreSQL | events/s | times Celery |",
        "|---|---:|---:|",
        *(f"| {name} | {rate:,.0f} | {rate / peer:.1f} |" for name, rate in rates.items()),
    ]

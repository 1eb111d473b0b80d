"""From a filled queue into the inbox: the receiver, committing each batch, beside the bare insert of the same rows.

The limit is the database's own: the rows of the same batches by psycopg alone, a prepared insert for each in a
pipeline, and by COPY, which cannot leave known events alone and so could not be used.
"""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from setting import QUEUE, Setting
from sqlalchemy import text

from shared.bus import ReceivedMessage
from shared.bus.receiving import BATCH
from shared.clock import utc_now
from shared.inbox.intake import take_batch

OURS = "receiver: quorum queue to inbox, committed"
INSERT = "bare insert of the same batches (psycopg, pipelined)"
COPY = "bare COPY of the same batches"
COLUMNS = (
    "source, event_id, type, subject, subjectversion, correlation_id, digest, body, queue, received_at, status, "
    "attempts, next_attempt_at"
)


def measure(setting: Setting, events: int, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Events a second of each, the median of the rounds."""
    rates: dict[str, list[float]] = {OURS: [], INSERT: [], COPY: []}
    messages = setting.record(setting.publisher, events)
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}: {events} events taken in from a full queue, then their bare insert")
        setting.clear()
        with setting.bus.publisher() as publisher:
            publisher.publish(messages, 120)
        rates[OURS].append(events / receive(setting, events))
        with setting.reader.reading() as session:
            rows = session.execute(text(f"SELECT {COLUMNS} FROM inbox ORDER BY id")).all()
        batches = [rows[begin : begin + BATCH] for begin in range(0, len(rows), BATCH)]
        for name, way in ((INSERT, insert), (COPY, copy)):
            setting.empty_inbox()
            rates[name].append(events / way(setting, batches))
    setting.empty_inbox()
    return {name: statistics.median(found) for name, found in rates.items()}


def receive(setting: Setting, events: int) -> float:
    """Seconds from the first message that arrived until all are committed."""
    stop, begun, accepted = threading.Event(), 0.0, 0

    def take(batch: list[ReceivedMessage]) -> None:
        nonlocal begun, accepted
        begun = begun or time.perf_counter()
        sources = {QUEUE: "/services/publisher"}
        accepted += take_batch(setting.reader.database, batch, sources=sources, clock=utc_now).accepted
        if accepted >= events:
            stop.set()

    setting.bus.receiver([QUEUE]).run(stop, take)
    return time.perf_counter() - begun


def insert(setting: Setting, batches: Sequence[Sequence[Any]]) -> float:
    values = ", ".join(["%s"] * len(COLUMNS.split(",")))
    statement = f"INSERT INTO inbox ({COLUMNS}) VALUES ({values}) ON CONFLICT (source, event_id) DO NOTHING"
    with _connected(setting) as connection:
        started = time.perf_counter()
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(statement, [tuple(row) for row in batch])
        return time.perf_counter() - started


def copy(setting: Setting, batches: Sequence[Sequence[Any]]) -> float:
    with _connected(setting) as connection:
        started = time.perf_counter()
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(f"COPY inbox ({COLUMNS}) FROM STDIN") as rows:
                    for row in batch:
                        rows.write_row(tuple(row))
        return time.perf_counter() - started


def _connected(setting: Setting) -> psycopg.Connection[Any]:
    address = setting.reader.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def table(found: dict[str, float]) -> list[str]:
    """The table, as Markdown."""
    lines = ["| intake, quorum queue to PostgreSQL | events/s | of the bare insert |", "|---|---:|---:|"]
    return lines + [f"| {name} | {rate:,.0f} | {rate / found[INSERT]:.0%} |" for name, rate in found.items()]

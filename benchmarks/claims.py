"""What it takes a sender to find and take its next messages beside few and beside a million others.

``python benchmarks/claims.py [--messages N] [--times N]`` starts a PostgreSQL of its own (or takes the one of
YIZHAN_TEST_POSTGRES_URL). Beside each other in one run: the query that finds the next 20, a whole claim of 20
with its commit, the same from a bare queue table (``SKIP LOCKED``, three columns, one index), and an empty journey.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from notifications.seed import plant
from notifications.sending.claims import claim, next_in
from notifications.service import SERVICE
from notifications.testing.crowds import bury, tell, write_contacts
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.databases import databases

BATCH = 20
LEASE = timedelta(minutes=10)


def measured(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Milliseconds at p50 and p95."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), sorted(taken)[times * 95 // 100]


def bare_queue(runtime: Runtime, waiting: int, done: int) -> Callable[[], object]:
    """Taking from a table that has nothing but what a queue needs."""
    with runtime.database.engine.begin() as link:
        link.execute(text("CREATE TABLE bare (id uuid PRIMARY KEY, number bigint, taken_until timestamptz)"))
        rows = "SELECT gen_random_uuid(), number, {} FROM generate_series(1, {}) number"
        link.execute(text("INSERT INTO bare " + rows.format("'infinity'::timestamptz", done)))
        link.execute(text("INSERT INTO bare " + rows.format("NULL::timestamptz", waiting)))
        link.execute(text("CREATE INDEX bare_waiting ON bare (number) WHERE taken_until IS NULL"))
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.execute(text("VACUUM ANALYZE bare"))
    found = "SELECT id FROM bare WHERE taken_until IS NULL ORDER BY number LIMIT 20 FOR UPDATE SKIP LOCKED"

    def take() -> None:
        with runtime.database.engine.begin() as link:
            ids = [row.id for row in link.execute(text(found))]
            assert len(ids) == BATCH
            link.execute(text("UPDATE bare SET taken_until = now() WHERE id = ANY(:ids)"), {"ids": ids})

    return take


def measure(runtime: Runtime, others: int, times: int) -> dict[str, tuple[float, float]]:
    tell(runtime, write_contacts(runtime, BATCH * (times + 5), phones=False))
    bury(runtime, sent=others * 9 // 10, later=others // 10)

    def find() -> None:
        with runtime.reading() as session:
            assert len(session.scalars(next_in(runtime, "email", "normal", BATCH)).all()) == BATCH

    def take() -> None:
        assert len(claim(runtime, "email", LEASE, BATCH, ["normal"])) == BATCH

    def journey() -> None:
        with runtime.reading() as session:
            session.execute(text("SELECT 1"))

    take()  # those whose time has come are woken by the first claims
    for warm in (find, journey):
        measured(warm, 5)
    return {
        "an empty journey": measured(journey, times),
        "finding the next 20": measured(find, times),
        "taking from a bare table": measured(bare_queue(runtime, BATCH * (times + 5), others), times),
        "a whole claim": measured(take, times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    chosen = parser.parse_args()
    found = {}
    with servers.postgresql() as admin_url:
        for others in (1_000, chosen.messages):
            with ExitStack() as held:
                folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
                made = held.enter_context(databases("postgresql", folder, admin_url))
                environ = {
                    "YIZHAN_VAR": str(folder),
                    "DATABASE_URL": made.url(SERVICE),
                    "BUS_URL": f"spool://{folder}/bus",
                }
                runtime = Runtime(SERVICE, Settings.from_environment(SERVICE.name, environ))
                held.callback(runtime.close)
                plant(runtime)
                print(f"beside {others:,} messages", file=sys.stderr, flush=True)
                found[others] = measure(runtime, others, chosen.times)
    print("| " + " | ".join(["of 20 messages", *(f"beside {others:,}: p50 ms | p95 ms" for others in found)]) + " |")
    print("|---" + "|---:|---:" * len(found) + "|")
    for name in found[chosen.messages]:
        figures = " | ".join(f"{value:.2f}" for others in found.values() for value in others[name])
        print(f"| {name} | {figures} |")


if __name__ == "__main__":
    main()

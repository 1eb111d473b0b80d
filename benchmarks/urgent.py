"""How long an urgent message takes from becoming due to being sent while ten thousand others of a bulk go out.

``python benchmarks/urgent.py [--bulk N] [--every SECONDS]`` starts a PostgreSQL of its own (or takes the one named by
YIZHAN_TEST_POSTGRES_URL) and a loopback SMTP sink. Two sender processes work the bulk off; meanwhile urgent mails
become due in an open loop, each counted from that moment, whatever became of the one before.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sending import WORKERS, Bench
from sqlalchemy import func, select, text, update

from notifications.messages.fan_out import announce
from notifications.messages.models import Message
from notifications.messages.rules import LANES
from notifications.rules.models import Rule
from notifications.service import SERVICE
from shared.clock import utc_now
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.databases import databases
from shared.testing.ports import free_port
from shared.testing.processes import processes, wait_until

TARGET = 5.0
"""Seconds that 95 of 100 urgent messages may take at most."""


def tell_urgently(runtime: Runtime, person: UUID) -> None:
    """One person moves up from a waiting list; the rule for that is urgent."""
    starts = utc_now() + timedelta(days=2)
    envelope = Envelope(
        id=new_id(), source="/services/activities", type="org.yizhan.activities.registration.promoted.v1",
        subject=f"registration/{new_id()}", subjectversion=1, time=utc_now(), data={},
    )  # fmt: skip
    facts = {"title": {"zh": "小候鸟暑期班", "en": "Summer class"}, "place": None,
             "when": {"from": starts.isoformat(), "to": None}}  # fmt: skip
    with runtime.unit_of_work() as work:
        announce(work, ReceivedEvent(envelope, {}), [person], facts=facts, starts_at=starts)


def left(runtime: Runtime, lane: str) -> int:
    """How many of a lane are still to be sent."""
    waiting = Message.state.in_(("pending", "sending")), Message.lane == LANES[lane]
    with runtime.reading() as session:
        return int(session.scalar(select(func.count()).where(*waiting)) or 0)


def measure(bench: Bench, bulk: int, every: float) -> tuple[list[float], float]:
    """Seconds from due to sent of each urgent message, and mails of the bulk a second meanwhile."""
    runtime = bench.runtime
    with runtime.database.writing() as session:
        session.execute(update(Rule).where(Rule.key == "registration-confirmed").values(lane="bulk"))
    bench.fan_out(bench.people[:bulk])
    with runtime.database.writing() as session:
        session.execute(text("ANALYZE"))
    environ = {
        "YIZHAN_VAR": str(bench.runner.folder),
        "DATABASE_URL": runtime.settings.database_url,
        "SMTP_URL": f"smtp://127.0.0.1:{bench.smtp_port}",
    }
    command = ("-c", "from notifications.cli import main; main()", "worker", "--roles", "timers")
    for number in range(WORKERS):
        bench.runner.python(f"sender-{number}", *command, environ={**environ, "WORKER_PORT": str(free_port())})
    wait_until(lambda: bench.taken() > 0, 120, "the first mail")
    first, started = bench.taken(), time.perf_counter()
    told = 0
    while left(runtime, "bulk"):
        tell_urgently(runtime, bench.people[told % len(bench.people)])
        told += 1
        time.sleep(max(0.0, started + told * every - time.perf_counter()))
    rate = (bench.taken() - first) / (time.perf_counter() - started)
    wait_until(lambda: left(runtime, "urgent") == 0, 120, "the last urgent message")
    with runtime.reading() as session:
        rows = session.execute(
            select(Message.created_at, Message.finished_at).where(
                Message.lane == LANES["urgent"], Message.state == "sent"
            )
        ).all()
    if len(rows) != told:
        raise RuntimeError(f"{told} urgent messages became due, {len(rows)} were sent")
    return [(row.finished_at - row.created_at).total_seconds() for row in rows], rate


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--bulk", type=int, default=10_000)
    parser.add_argument("--every", type=float, default=0.25)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers.postgresql() as admin_url:
        with databases("postgresql", Path(folder), admin_url) as made, processes(Path(folder)) as runner:
            environ = {"YIZHAN_VAR": folder, "DATABASE_URL": made.url(SERVICE)}
            runtime = Runtime(SERVICE, Settings.from_environment(SERVICE.name, environ))
            seconds, rate = measure(Bench(runtime, "", runner, chosen.bulk), chosen.bulk, chosen.every)
            runtime.close()
    load = os.getloadavg()[0]
    print(f"\n| urgent during a bulk of {chosen.bulk:,} | messages | p50 s | p95 s | longest s | mails/s | load |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    figures = " | ".join(f"{value:.2f}" for value in (share(seconds, 0.5), share(seconds, 0.95), max(seconds)))
    print(f"| two senders | {len(seconds)} | {figures} | {rate:,.0f} | {load:.1f} |")
    if share(seconds, 0.95) > TARGET:
        print(f"p95 is above the target of {TARGET:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()

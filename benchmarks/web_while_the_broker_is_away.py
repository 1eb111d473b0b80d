"""How long a command takes while RabbitMQ runs and while it is stopped: POST /people, side by side in one run.

``python benchmarks/web_while_the_broker_is_away.py [--requests N]`` starts a RabbitMQ of its own, a PostgreSQL (or
takes the one that YIZHAN_TEST_POSTGRES_URL names), and membership as it is operated: gunicorn and a worker with all
roles. Rounds with the broker and rounds without it take turns, so that the rest of the machine weighs on both alike.
"""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx

from shared.bus import connect
from shared.principal import Grant
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.databases import databases
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, answers, processes, wait_until
from shared.testing.web import bearer
from shared.worker.declaring import topology

ROUNDS = 3
CLIENTS = 4


class Membership:
    """One service with web and worker, and programs that register people there."""

    def __init__(self, runtime: Runtime, runner: Processes, environ: dict[str, str]) -> None:
        self.runtime = runtime
        self.url = f"http://127.0.0.1:{environ['PORT']}"
        self.headers = bearer(runtime, Grant("admin", "*"))
        command = str(Path(sys.executable).parent / "membership")
        self.processes: list[RunningProcess] = [
            runner.start(f"membership-{role}", [command, role], environ) for role in ("web", "worker")
        ]
        wait_until(lambda: answers(f"{self.url}/readyz"), 90, "the web process ready")
        self.registered = 0

    def milliseconds(self, number: int) -> list[float]:
        """How long each of so many requests took, from several programs at once."""
        with ThreadPoolExecutor(CLIENTS) as programs:
            taken = programs.map(self._register, [number // CLIENTS] * CLIENTS)
            return [each for one in taken for each in one]

    def _register(self, number: int) -> list[float]:
        found = []
        with httpx.Client(headers=self.headers, timeout=60, trust_env=False) as client:
            for _ in range(number):
                self.registered += 1
                started = time.perf_counter()
                answer = client.post(f"{self.url}/api/v1/people", json={"name": f"Person {self.registered}"})
                found.append((time.perf_counter() - started) * 1000)
                answer.raise_for_status()
        return found

    def wait_until_published(self) -> None:
        wait_until(lambda: self.runtime.delivery_ages()["outbox_oldest_seconds"] == 0, 300, "an empty outbox")


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def report(up: list[float], away: list[float]) -> str:
    """The table, as Markdown."""
    lines = [
        f"| POST /people, {CLIENTS} programs at once | requests | median | p95 | p99 |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, values in (("broker running", up), ("broker stopped", away)):
        shares = " | ".join(f"{percentile(values, percent):.1f} ms" for percent in (50, 95, 99))
        lines.append(f"| {name} | {len(values)} | {shares} |")
    ratios = " | ".join(f"{percentile(away, percent) / percentile(up, percent):.2f}" for percent in (50, 95, 99))
    return "\n".join([*lines, f"| stopped / running | | {ratios} |"])


def run(service: Membership, broker: servers.LocalRabbit, number: int, say: Callable[[str], None]) -> str:
    up: list[float] = []
    away: list[float] = []
    service.milliseconds(CLIENTS * 10)
    for round_number in range(1, ROUNDS + 1):
        service.wait_until_published()
        say(f"round {round_number} of {ROUNDS}: {number} requests with the broker, {number} without it")
        up += service.milliseconds(number)
        broker.stop()
        away += service.milliseconds(number)
        broker.start()
    service.wait_until_published()
    say("every event was published after the broker came back")
    return report(up, away)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="in each round, with the broker and without it")
    number = parser.parse_args().requests
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        broker = held.enter_context(servers.local_rabbitmq())
        made = held.enter_context(databases("postgresql", folder, held.enter_context(servers.postgresql())))
        service = importlib.import_module("membership.service").SERVICE
        environ = {
            "YIZHAN_VAR": str(folder),
            "DATABASE_URL": made.url(service),
            "BUS_URL": broker.url,
            "PORT": str(free_port()),
            "WORKER_PORT": str(free_port()),
        }
        runtime = Runtime(service, Settings.from_environment("membership", environ))
        held.callback(runtime.close)
        runner = held.enter_context(processes(folder))
        membership = Membership(runtime, runner, environ)
        # somebody who reads, so that every event is stored in a queue
        reader = topology(importlib.import_module("activities.service").SERVICE)
        wait_until(lambda: "membership" not in connect(broker.url).declare(reader).missing, 60, "a queue to fill")
        print(run(membership, broker, number, lambda line: print(line, file=sys.stderr, flush=True)))


if __name__ == "__main__":
    main()

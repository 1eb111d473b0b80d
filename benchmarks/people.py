"""Lists, searches, records and imports of membership among 100,000 people.

``python benchmarks/people.py [--people N] [--rate N] [--seconds N] [--body BODY] [--databases postgresql,sqlite]``
starts a server of its own (or takes the one of YIZHAN_TEST_POSTGRES_URL), fills it, and runs membership's web process
as it is operated. Pages are asked for one at a time, and then in an open loop: a request counts from the moment at
which it was due, whether or not the ones before it had been answered.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import func, select

from membership.imports.commands import confirm, upload
from membership.people.models import Person
from membership.service import SERVICE
from membership.settings import Centre
from membership.testing.many_people import id_number, name, phone, tokens_are_right, write_people
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.databases import databases
from shared.testing.ports import free_port
from shared.testing.processes import Processes, answers, processes, wait_until
from shared.testing.web import add_staff, sign_in

KINDS = ("list", "search", "record")
PROGRAMS = 24
ROWS = 5_000
OFFICER = Principal(None, "benchmark", kind="program", grants=(Grant("admin", "*"),))


class Site:
    """Membership's web process beside a filled database, and somebody who is signed in."""

    def __init__(self, runtime: Runtime, runner: Processes, environ: dict[str, str], body: str) -> None:
        command = str(Path(sys.executable).parent / "membership")
        self.url = f"http://127.0.0.1:{environ['PORT']}"
        runner.start("membership-web", [command, "web"], environ)
        wait_until(lambda: answers(f"{self.url}/readyz"), 90, "the web process ready")
        add_staff(runtime, "officer", Grant("officer", body))
        self.client = httpx.Client(
            base_url=self.url, timeout=60, trust_env=False, limits=httpx.Limits(max_connections=PROGRAMS)
        )
        sign_in(self.client, "officer")  # type: ignore[arg-type]
        with runtime.reading() as session:
            some = session.scalars(select(Person).order_by(func.random()).limit(400)).all()
        self.people = [(str(one.id), one.name, str(one.phone)) for one in some]

    def requests(self) -> Iterator[tuple[str, str]]:
        """Kinds and addresses, in turn; what is looked for is somebody else each time."""
        for number in itertools.count():
            person, called, their_phone = self.people[number % len(self.people)]
            sought = (called, "wangfang", called[0], their_phone[-6:], "shan", "zm", id_number(number)[0][-4:])
            yield "list", "/people/"
            yield "search", f"/people/?q={sought[number % len(sought)]}"
            yield "record", f"/people/{person}"

    def get(self, address: str, due: float | None = None) -> float:
        """Milliseconds from when it was due (None: from now) to the whole answer."""
        started = time.perf_counter() if due is None else due
        try:
            answer = self.client.get(address)
        except (httpx.ReadError, httpx.RemoteProtocolError):  # a kept connection that the server closed meanwhile
            answer = self.client.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"{address}: {answer.status_code}")
        return (time.perf_counter() - started) * 1000

    def in_turn(self, number: int) -> dict[str, list[float]]:
        """One request at a time: what the server itself takes."""
        taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for kind, address in itertools.islice(self.requests(), number):
            taken[kind].append(self.get(address))
        return taken

    def open_loop(self, rate: float, seconds: float) -> dict[str, list[float]]:
        """So many requests a second, whatever becomes of them."""
        taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
        wanted = list(itertools.islice(self.requests(), int(rate * seconds)))
        began = time.perf_counter() + 0.1
        with ThreadPoolExecutor(PROGRAMS) as programs:
            running = []
            for number, (kind, address) in enumerate(wanted):
                due = began + number / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                running.append((kind, programs.submit(self.get, address, due)))
            for kind, each in running:
                taken[kind].append(each.result())
        return taken


def imported(runtime: Runtime, rows: int) -> tuple[float, float]:
    """Seconds, and processor seconds of this process, to take in a file of so many new people."""
    chance, centre = random.Random(7), Centre.of(runtime.settings)
    lines = ["姓名,身份证号,手机号,组织"]
    for number in range(900_000, 900_000 + rows):
        lines.append(f"{name(chance)},{id_number(number)[0]},{phone(number)[3:]},P-{1 + number % 200}")
    started, used = time.perf_counter(), time.process_time()
    with runtime.unit_of_work(actor=OFFICER) as work:
        made = upload(work, "people.csv", "\n".join(lines).encode("utf-8-sig"), centre=centre)
    with runtime.unit_of_work(actor=OFFICER) as work:
        if confirm(work, made.id, centre=centre).registered_count != rows:
            raise AssertionError("not everybody was registered")
    return time.perf_counter() - started, time.process_time() - used


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def measure(dialect: str, admin_url: str, chosen: argparse.Namespace, say: Callable[[str], None]) -> list[str]:
    """The lines of one database in the table."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        made = held.enter_context(databases(dialect, folder, admin_url))
        environ = {"YIZHAN_VAR": str(folder), "DATABASE_URL": made.url(SERVICE), "BUS_URL": f"spool://{folder}/bus"}
        environ |= {"PORT": str(free_port()), "WORKER_PORT": str(free_port())}
        runtime = Runtime(SERVICE, Settings.from_environment(SERVICE.name, environ))
        held.callback(runtime.close)
        say(f"{dialect}: {chosen.people} people are written")
        write_people(runtime, chosen.people)
        if not tokens_are_right(runtime):
            raise AssertionError("the search index is not the product's own")
        site = Site(runtime, held.enter_context(processes(folder)), environ, chosen.body)
        site.in_turn(30)
        say(f"{dialect}: one at a time, then {chosen.rate} a second for {chosen.seconds} s")
        alone, together = site.in_turn(150), site.open_loop(chosen.rate, chosen.seconds)
        say(f"{dialect}: {ROWS} rows are imported")
        seconds, used = imported(runtime, ROWS)
    lines = []
    for kind in KINDS:
        shares = [f"{percentile(taken[kind], share):.0f}" for taken in (alone, together) for share in (50, 95)]
        lines.append(f"| {dialect} | {kind} | {' | '.join(shares)} |")
    return [*lines, f"{dialect}: {ROWS} rows imported in {seconds:.1f} s ({used:.1f} s of processor time here)"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--body", default="*", help="Whose officer asks; of one body much is told in part only.")
    parser.add_argument("--databases", default="postgresql,sqlite")
    chosen = parser.parse_args()
    with servers.postgresql() as admin_url:
        lines = [
            line
            for dialect in chosen.databases.split(",")
            for line in measure(dialect, admin_url, chosen, lambda said: print(said, file=sys.stderr, flush=True))
        ]
    heads = ["one at a time p50 ms", "p95", f"{chosen.rate:.0f} a second p50 ms", "p95"]
    print(f"\n| {chosen.people:,} people | page | {' | '.join(heads)} |")
    print("|---|---|---:|---:|---:|---:|")
    print("\n".join(sorted(lines, key=lambda line: not line.startswith("|"))))


if __name__ == "__main__":
    main()

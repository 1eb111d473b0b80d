"""SIGTERM ends each process within ten seconds, with exit code 0 and nothing half done."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from shared.testing.deaf import deaf_server
from shared.testing.example import Thing
from shared.testing.processes import answers, wait_until
from shared.testing.servers import LocalPostgres

Start = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)
ENDS_WITHIN = 10.0
THREADS = 4


@contextmanager
def nobody_can_write(pair: Any) -> Iterator[Any]:
    """A transaction that makes every command of the publisher wait; gives what ends it."""
    database = pair.runtimes["publisher"].database
    with database.writing() as session:
        # On SQLite whoever began to write first is alone, whatever it says.
        lock = "LOCK TABLE things IN ACCESS EXCLUSIVE MODE" if database.dialect == "postgresql" else "SELECT 1"
        session.execute(text(lock))
        yield session


def end(process: Any, signals: Sequence[signal.Signals]) -> int:
    """The exit code after these signals; subprocess.TimeoutExpired when it takes too long."""
    for number in signals:
        os.kill(process.pid, number)
    code: int = process.wait(ENDS_WITHIN)
    return code


def named(pair: Any) -> set[str]:
    with pair.runtimes["publisher"].reading() as session:
        return set(session.scalars(select(Thing.name)))


def outcome(asked: "Future[httpx.Response]") -> int | None:
    """The status of the answer; None where the connection was closed before one."""
    try:
        return asked.result(30).status_code
    except httpx.TransportError:
        return None


def test_a_web_process_finishes_the_requests_that_it_has_begun(pair: Any, start_web: Start) -> None:
    web = start_web(WEB_THREADS=str(THREADS))
    names = [f"thing {number}" for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as clients:
        with nobody_can_write(pair):
            asked = [clients.submit(web.name_thing, name) for name in names]
            wait_until(lambda: not answers(f"{web.url}/healthz"), 30, "every thread of the server taken")
            os.kill(web.process.pid, signal.SIGTERM)
        assert web.process.wait(ENDS_WITHIN) == 0
        statuses = dict(zip(names, map(outcome, asked), strict=True))
    assert set(statuses.values()) <= {201, None}
    assert {name for name, status in statuses.items() if status == 201} == named(pair) != set()
    with pytest.raises(httpx.ConnectError):
        web.name_thing("too late")


@pytest.mark.long
def test_a_web_process_does_not_wait_for_a_request_that_hangs(pair: Any, start_web: Start) -> None:
    web = start_web(WEB_THREADS=str(THREADS))
    with ThreadPoolExecutor(THREADS) as clients, nobody_can_write(pair):
        asked = [clients.submit(web.name_thing, f"thing {number}") for number in range(THREADS)]
        wait_until(lambda: not answers(f"{web.url}/healthz"), 30, "every thread of the server taken")
        assert end(web.process, [signal.SIGTERM]) == 0
        assert {outcome(each) for each in asked} <= {None, 500}
    assert named(pair) == set()


class Naming:
    """Names things in a thread of its own, up to fifty a second, until told to stop."""

    def __init__(self, pair: Any) -> None:
        self.names: list[str] = []
        self._pair = pair
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        while not self._enough.wait(0.02):
            self.names += self._pair.name_things(1)

    def __enter__(self) -> "Naming":
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._enough.set()
        self._thread.join()


@pytest.mark.long
def test_every_process_ends_under_a_flow_of_events_and_nothing_is_half_done(
    pair: Any, worker: Start, start_web: Start
) -> None:
    roles = "relay,receive,process,timers"
    workers = [worker("publisher", roles), worker("reader", roles)]
    web = start_web()
    pair.wait_for_bindings()
    with Naming(pair) as naming:
        for signals in (
            [signal.SIGTERM],
            [signal.SIGTERM, signal.SIGTERM],
            [signal.SIGINT],
            [signal.SIGTERM, signal.SIGINT],
        ):
            before = len(pair.noted())
            wait_until(lambda before=before: len(pair.noted()) > before + 5, 60, "a flow of events")
            web.wait_ready()
            for process in (*workers, web.process):
                assert end(process, signals) == 0, (process.name, signals)
            for process in (*workers, web.process):
                process.restart()
    pair.wait_for(naming.names, 90)


@pytest.mark.long
def test_a_worker_whose_broker_does_not_answer_ends_in_time(pair: Any, worker: Start) -> None:
    with deaf_server() as deaf:
        pair.name_things(3)
        publisher = worker("publisher", BUS_URL=f"amqp://guest:guest@127.0.0.1:{deaf.port}//")
        wait_until(lambda: "worker started" in publisher.output(), 30, "the worker running")
        assert end(publisher, [signal.SIGTERM]) == 0
    publisher.restart(BUS_URL=pair.bus_url)
    pair.wait_until_published()


@pytest.mark.long
def test_every_process_ends_in_time_while_its_database_is_frozen(
    postgres_pair: Any, postgres: LocalPostgres, web_of: Any
) -> None:
    """The server's sockets stay open and nothing answers: nobody waits for it, and what was answered stands."""
    pair = postgres_pair
    processes = [pair.worker(service, "relay,receive,process,timers") for service in ("publisher", "reader")]
    web = web_of(pair, WEB_THREADS=str(THREADS))
    processes.append(web.process)
    pair.wait_for_bindings()
    names = [f"thing {number}" for number in range(400)]
    with ThreadPoolExecutor(THREADS) as clients:
        asked = [clients.submit(web.name_thing, name) for name in names]
        wait_until(lambda: len(pair.noted()) > 20, 60, "a flow of events")
        postgres.freeze()
        try:
            for process in processes:
                os.kill(process.pid, signal.SIGTERM)
            began = time.monotonic()
            codes = {each.name: each.wait(max(0.1, began + ENDS_WITHIN - time.monotonic())) for each in processes}
        finally:
            postgres.thaw()
        statuses = dict(zip(names, map(outcome, asked), strict=True))
    assert codes == dict.fromkeys(codes, 0)
    answered = {name for name, status in statuses.items() if status == 201}
    # what was committed and whose answer was lost is there too, with its event
    assert answered <= named(pair)
    assert len(answered) < len(names)
    for process in processes:
        process.restart()
    pair.wait_for(sorted(named(pair)), 60)

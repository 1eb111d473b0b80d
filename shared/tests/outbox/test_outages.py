"""The bus goes away under a running relay while commands go on: nothing is lost, and it recovers by itself."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.bus import CLOUD_EVENTS
from shared.bus.links import HEARTBEAT
from shared.events.envelope import Envelope, parse
from shared.outbox.relay import Relay
from shared.testing.bus_clients import PikaClient
from shared.testing.buses import emptied
from shared.testing.example import PUBLISHER, READER
from shared.testing.ports import free_port
from shared.testing.processes import Processes, wait_until
from shared.testing.proxy import TO_CLIENT, TO_SERVER, Proxy
from shared.testing.servers import LocalRabbit

STACK = os.environ.get("YIZHAN_TEST_STACK", "sqlite")
MOST = 3 * HEARTBEAT
"""Seconds to recover in."""


class Commands:
    """A thread that carries out commands, one after the other, until told to stop."""

    def __init__(self, source: Any) -> None:
        self.done = 0
        self.errors: list[Exception] = []
        self._source = source
        self._things = [source.name() for _ in range(10)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def more(self, number: int) -> None:
        """Wait until so many more are done: commands wait for no bus."""
        until = self.done + number
        wait_until(lambda: self.done >= until or self.errors, 30, "more commands")

    def _run(self) -> None:
        try:
            while not self._stop.wait(0.005):
                self._source.name(self._things[self.done % 10], f"name {self.done}")
                self.done += 1
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.errors.append(error)

    def __enter__(self) -> "Commands":
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join()


class Outage:
    """A relay as a process of its own, and commands, while a fault comes and goes."""

    def __init__(self, source: Any, runner: Processes, relay_url: str, folder: Path) -> None:
        self.source = source
        environ = {
            "YIZHAN_VAR": str(folder),
            "DATABASE_URL": source.runtime.settings.database_url,
            "BUS_URL": relay_url,
            "WORKER_PORT": str(free_port()),
        }
        self.relay = runner.python(
            "relay", "-m", "shared.testing.example_process", "publisher", "relay", environ=environ
        )

    def go_through(self, fault: Callable[[], None], heal: Callable[[], None]) -> None:
        with Commands(self.source) as commands:
            wait_until(lambda: commands.done > 50 and self._published(50), 40, "the first events")
            fault()
            try:
                commands.more(100)
            finally:
                heal()
            commands.more(20)
        assert commands.errors == []
        wait_until(lambda: not self.source.pending(), MOST, f"everything published after {self.relay.output()[-2000:]}")
        assert self.relay.running
        assert "failed" not in self.relay.output()
        self.source.check()

    def _published(self, number: int) -> bool:
        return len([row for row in self.source.rows() if row.published_at is not None]) > number


@pytest.fixture
def proxy(node: LocalRabbit) -> Iterator[Proxy]:
    with Proxy(node.url) as running:
        yield running


@pytest.fixture
def on_node(source: Any, node: LocalRabbit) -> Any:
    """The source on the broker that may be broken."""
    source.bus_url = emptied(node.url, (PUBLISHER, READER))
    source.declare()
    return source


def nothing() -> None:
    """What needs no healing."""


if STACK == "postgresql":

    @pytest.mark.parametrize("link", ["cut", "without answers", "half open"])
    @pytest.mark.long
    def test_a_broken_link(on_node: Any, proxy: Proxy, process_runner: Processes, tmp_path: Path, link: str) -> None:
        faults: dict[str, Callable[[], None]] = {
            "cut": proxy.cut,
            "without answers": lambda: proxy.swallow(TO_CLIENT),
            "half open": lambda: proxy.swallow(TO_CLIENT, TO_SERVER),
        }
        Outage(on_node, process_runner, proxy.url, tmp_path).go_through(faults[link], nothing)
        assert proxy.connections > 1

    @pytest.mark.parametrize("fault", ["restarted", "killed", "application stopped", "no disk", "no memory"])
    @pytest.mark.long
    def test_a_broken_broker(
        on_node: Any, node: LocalRabbit, process_runner: Processes, tmp_path: Path, fault: str
    ) -> None:
        # A queue that is younger than a restart does not survive the kill of a lone node (see the bus's fault tests).
        node.restart()
        faults: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "restarted": (node.stop, node.start),
            "killed": (node.kill, node.start),
            "application stopped": (lambda: node.control("stop_app"), lambda: node.control("start_app")),
            "no disk": (
                lambda: node.control("set_disk_free_limit", "900000GB"),
                lambda: node.control("set_disk_free_limit", "50MB"),
            ),
            "no memory": (
                lambda: node.control("set_vm_memory_high_watermark", "0"),
                lambda: node.control("set_vm_memory_high_watermark", "0.4"),
            ),
        }
        break_it, mend_it = faults[fault]
        outage = Outage(on_node, process_runner, node.url, tmp_path)
        outage.go_through(lambda: void(break_it()), lambda: void(mend_it()))

    def test_messages_that_a_full_queue_refuses_keep_their_order(on_node: Any, node: LocalRabbit) -> None:
        node.control("set_policy", "full", r"^reader\.", '{"max-length":30,"overflow":"reject-publish"}')
        things = [on_node.name() for _ in range(5)]
        for number in range(400):
            on_node.name(things[number % 5], str(number))
        arrived: list[Envelope] = []
        client = PikaClient(node.url)
        try:
            with on_node.bus.publisher() as publisher:
                relay = Relay(on_node.runtime, publisher)
                passes = [relay.run_once()]
                while passes[-1].found:
                    arrived += [parse(body, CLOUD_EVENTS, {}) for body in client.drain("reader.publisher-events")]
                    passes.append(relay.run_once())
        finally:
            node.control("clear_policy", "full")
            client.close()
        assert passes[0].stuck
        assert 0 < passes[0].confirmed < 405
        on_node.check(arrived)

else:

    def test_a_spool_that_is_away_for_a_while(source: Any, process_runner: Processes, tmp_path: Path) -> None:
        spool = Path(source.bus_url.removeprefix("spool://"))
        aside = spool.with_name("aside")

        def take_away() -> None:
            spool.rename(aside)
            # Nobody can make a folder where a file lies.
            spool.write_text("")

        def give_back() -> None:
            spool.unlink()
            aside.rename(spool)

        Outage(source, process_runner, source.bus_url, tmp_path).go_through(take_away, give_back)


def void(_result: object) -> None:
    """Drop what a fault returns."""

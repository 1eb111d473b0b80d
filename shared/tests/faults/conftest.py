"""The two example services with databases, a bus, and workers as real processes."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.clock import utc_now
from shared.database.tables import BoundQueue, InboxRow, OutboxRow, SnapshotAnswer
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.brokers import open_connection
from shared.testing.buses import emptied
from shared.testing.databases import Databases, databases
from shared.testing.example import PUBLISHER, READER, Note, PublisherBase, ReaderBase, name_thing
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, wait_until
from shared.testing.servers import LocalPostgres, LocalRabbit, local_postgresql

HERE = Path(__file__).parent
SECRET = "not-for-any-log"
DEAD_LETTERS = "reader.dead-letters"
DELIVERY_LIMIT = 5
"""Far below what production sets: whoever lets messages come and go in a loop parks them here."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Beside SQLite and the spool, processes are killed in the long run only."""
    if os.environ.get("YIZHAN_TEST_ONLY_STACK"):
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.long)


class ExamplePair:
    """A publisher and a reader. Commands run in the test; what moves the events runs in processes of their own."""

    def __init__(self, publisher: Runtime, reader: Runtime, bus_url: str, runner: Processes, folder: Path) -> None:
        self.runtimes = {"publisher": publisher, "reader": reader}
        self.bus_url = bus_url
        self.runner = runner
        self.folder = folder
        self.node: LocalRabbit | None = None
        self.bus_urls: dict[str, str] = {}
        """Where a service signs in as a user of its own."""
        for runtime, base in ((publisher, PublisherBase), (reader, ReaderBase)):
            runtime.clock = utc_now
            base.metadata.create_all(runtime.database.engine)

    def environ(self, service: str) -> dict[str, str]:
        return {
            "YIZHAN_VAR": str(self.folder),
            "DATABASE_URL": self.runtimes[service].settings.database_url,
            "BUS_URL": self.bus_urls.get(service, self.bus_url),
            "WORKER_PORT": str(free_port()),
        }

    def worker(
        self, service: str, roles: str = "relay,receive,process", *, name: str = "", **environ: str
    ) -> RunningProcess:
        module = ("-m", "shared.testing.example_process", service, roles)
        return self.runner.python(name or service, *module, environ={**self.environ(service), **environ})

    def fault(self, point: str, number: int = 1) -> str:
        """What arms a fault point, once for each number."""
        return f"{point}@{self.folder / point}-{number}"

    def wait_for_bindings(self) -> None:
        """Until the reader's queue is bound and its first request for snapshots was answered with nothing."""
        wait_until(self._bound, 40, "the reader's bindings")

    def _bound(self) -> bool:
        with self.runtimes["reader"].reading() as session:
            bound = session.scalars(select(BoundQueue)).all()
        with self.runtimes["publisher"].reading() as session:
            asked = session.scalars(select(InboxRow.status)).all()
            answered = session.scalars(select(SnapshotAnswer.finished_at)).all()
        return len(bound) == 2 and asked == ["done"] and all(answered)

    def wait_until_published(self) -> None:
        """Until the publisher's outbox holds nothing that is still to be sent."""
        wait_until(self._published, 40, "an empty outbox")

    def _published(self) -> bool:
        open_rows = select(OutboxRow.id).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
        with self.runtimes["publisher"].reading() as session:
            return session.execute(open_rows).first() is None

    def name_things(self, number: int) -> list[str]:
        """Name so many new things, each in a command of its own; the names."""
        return [self.name_thing(str(thing), thing) for thing in (new_id() for _ in range(number))]

    def name_thing(self, name: str, thing: UUID | None = None) -> str:
        with self.runtimes["publisher"].unit_of_work() as work:
            name_thing(work, thing or new_id(), name)
        return name

    def noted(self) -> list[str]:
        with self.runtimes["reader"].reading() as session:
            return list(session.scalars(select(Note.text).order_by(Note.id)))

    def delete_queue(self, queue: str) -> None:
        """What an administrator's hand may do to a queue, with all that is in it."""
        if self.bus_url.startswith("amqp"):
            with open_connection(self.bus_url) as connection:
                connection.channel().queue_delete(queue)
        else:
            shutil.rmtree(self.folder / "bus" / "queues" / queue, ignore_errors=True)

    def dead_letters(self) -> int:
        """How many messages the broker gave up. Only where the pair was given a place for them."""
        with open_connection(self.bus_url) as connection:
            count: int = connection.channel().queue_declare(DEAD_LETTERS, passive=True).method.message_count
            return count

    def allow_deliveries(self, number: int) -> None:
        """How often a message may come and go before the broker gives it up."""
        allow_deliveries(self._own_node(), number)

    def consumers(self) -> list[str]:
        """Who reads the pair's queues, by the broker's own names for their channels."""
        listed = self._own_node().control("list_consumers", "queue_name", "channel_pid")
        return sorted(line for line in listed.splitlines() if line.startswith(("publisher.", "reader.")))

    def _own_node(self) -> LocalRabbit:
        assert self.node is not None, "this pair shares its broker with others"
        return self.node

    def let(self, user: str, configure: str, write: str, read: str) -> None:
        """What a user may do from now on, over new channels."""
        self._own_node().control("set_permissions", user, configure, write, read)

    def wait_for(self, names: list[str], seconds: float = 40.0) -> None:
        wait_until(lambda: len(self.noted()) >= len(names), seconds, "every effect")
        assert sorted(self.noted()) == sorted(names)


@pytest.fixture
def pair(
    publisher: Runtime,
    reader: Runtime,
    empty_bus: Callable[..., str],
    process_runner: Processes,
    tmp_path: Path,
) -> ExamplePair:
    return ExamplePair(publisher, reader, empty_bus(PUBLISHER, READER), process_runner, tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """A PostgreSQL of its own, which a test may stop. Whoever stops it starts it again."""
    with local_postgresql() as running:
        yield running


def allow_deliveries(node: LocalRabbit, number: int) -> None:
    """How often a message may come and go before the broker gives it up."""
    definition = {"delivery-limit": number, "dead-letter-exchange": DEAD_LETTERS}
    node.control("set_policy", "reader", r"^reader\.", json.dumps(definition), "--apply-to", "queues")


@pytest.fixture
def production_pair(
    node: LocalRabbit, postgres: LocalPostgres, process_runner: Processes, tmp_path: Path
) -> Iterator[ExamplePair]:
    """A reader on PostgreSQL and a publisher whose database is another one, on a broker that parks what it gives up."""
    allow_deliveries(node, DELIVERY_LIMIT)
    with open_connection(node.url) as connection:
        channel = connection.channel()
        channel.exchange_declare(DEAD_LETTERS, "fanout", durable=True)
        channel.queue_declare(DEAD_LETTERS, durable=True)
        channel.queue_bind(DEAD_LETTERS, DEAD_LETTERS)
        channel.queue_purge(DEAD_LETTERS)
    emptied(node.url, (PUBLISHER, READER))
    with databases("sqlite", tmp_path, None) as files, databases("postgresql", tmp_path, postgres.url) as tables:
        runtimes = []
        for service, made in ((PUBLISHER, files), (READER, tables)):
            environ = {"YIZHAN_VAR": str(tmp_path), "DATABASE_URL": made.url(service), "BUS_URL": node.url}
            runtimes.append(Runtime(service, Settings.from_environment(service.name, environ)))
        pair = ExamplePair(*runtimes, node.url, process_runner, tmp_path)
        pair.node = node
        yield pair
        process_runner.end()
        for runtime in runtimes:
            runtime.close()
    node.control("clear_policy", "reader")


@contextmanager
def over(tables: Databases, bus_url: str, runner: Processes, folder: Path) -> Iterator[ExamplePair]:
    """Both services on new databases of this kind."""
    runtimes = []
    for service in (PUBLISHER, READER):
        environ = {"YIZHAN_VAR": str(folder), "DATABASE_URL": tables.url(service), "BUS_URL": bus_url}
        runtimes.append(Runtime(service, Settings.from_environment(service.name, environ)))
    yield ExamplePair(*runtimes, bus_url, runner, folder)
    runner.end()
    for runtime in runtimes:
        runtime.close()


@contextmanager
def on_files(bus_url: str, runner: Processes, folder: Path) -> Iterator[ExamplePair]:
    """Both services on SQLite, whatever the stack is."""
    with databases("sqlite", folder, None) as files, over(files, bus_url, runner, folder) as pair:
        yield pair


@pytest.fixture
def postgres_pair(postgres: LocalPostgres, process_runner: Processes, tmp_path: Path) -> Iterator[ExamplePair]:
    """Both services on a PostgreSQL that a test may freeze, and the spool."""
    with databases("postgresql", tmp_path, postgres.url) as tables:
        with over(tables, f"spool://{tmp_path / 'bus'}", process_runner, tmp_path) as pair:
            yield pair


@pytest.fixture
def file_pair(process_runner: Processes, tmp_path: Path) -> Iterator[ExamplePair]:
    """Both services on files: SQLite and the spool, whatever the stack is."""
    with on_files(f"spool://{tmp_path / 'bus'}", process_runner, tmp_path) as pair:
        yield pair


@pytest.fixture
def guarded_pair(node: LocalRabbit, process_runner: Processes, tmp_path: Path) -> Iterator[ExamplePair]:
    """Each service with a user of its own at a broker, who may do nothing yet."""
    emptied(node.url, (PUBLISHER, READER))
    with on_files(node.url, process_runner, tmp_path) as pair:
        pair.node = node
        for service in pair.runtimes:
            node.control("add_user", service, SECRET)
            pair.bus_urls[service] = node.url.replace("guest:guest", f"{service}:{SECRET}")
        yield pair
    for service in pair.runtimes:
        node.control("delete_user", service)

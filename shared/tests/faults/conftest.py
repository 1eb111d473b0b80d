"""The two example services with databases, a bus, and workers as real processes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.clock import utc_now
from shared.database.tables import BoundQueue, InboxRow, OutboxRow, SnapshotAnswer
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.brokers import open_connection
from shared.testing.example import PUBLISHER, READER, Note, PublisherBase, ReaderBase, name_thing
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, wait_until


class ExamplePair:
    """A publisher and a reader. Commands run in the test; what moves the events runs in processes of their own."""

    def __init__(self, publisher: Runtime, reader: Runtime, bus_url: str, runner: Processes, folder: Path) -> None:
        self.runtimes = {"publisher": publisher, "reader": reader}
        self.bus_url = bus_url
        self.runner = runner
        self.folder = folder

    def environ(self, service: str) -> dict[str, str]:
        return {
            "YIZHAN_VAR": str(self.folder),
            "DATABASE_URL": self.runtimes[service].settings.database_url,
            "BUS_URL": self.bus_url,
            "WORKER_PORT": str(free_port()),
        }

    def worker(
        self, service: str, roles: str = "relay,receive,process", *, name: str = "", **environ: str
    ) -> RunningProcess:
        module = ("-m", "shared.testing.example_process", service, roles)
        return self.runner.python(name or service, *module, environ={**self.environ(service), **environ})

    def fault(self, point: str) -> str:
        """What arms a fault point, once."""
        return f"{point}@{self.folder / point}"

    def wait_for_bindings(self) -> None:
        """Until the reader's queue is bound and its first request for snapshots was answered with nothing."""
        wait_until(self._bound, 20, "the reader's bindings")

    def _bound(self) -> bool:
        with self.runtimes["reader"].reading() as session:
            bound = session.scalars(select(BoundQueue)).all()
        with self.runtimes["publisher"].reading() as session:
            asked = session.scalars(select(InboxRow.status)).all()
            answered = session.scalars(select(SnapshotAnswer.finished_at)).all()
        return len(bound) == 2 and asked == ["done"] and all(answered)

    def wait_until_published(self) -> None:
        """Until the publisher's outbox holds nothing that is still to be sent."""
        wait_until(self._published, 20, "an empty outbox")

    def _published(self) -> bool:
        open_rows = select(OutboxRow.id).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
        with self.runtimes["publisher"].reading() as session:
            return session.execute(open_rows).first() is None

    def name_things(self, number: int) -> list[str]:
        """Name so many new things, each in a command of its own; the names."""
        names = []
        for _ in range(number):
            thing = new_id()
            with self.runtimes["publisher"].unit_of_work() as work:
                name_thing(work, thing, str(thing))
            names.append(str(thing))
        return names

    def noted(self) -> list[str]:
        with self.runtimes["reader"].reading() as session:
            return list(session.scalars(select(Note.text)))

    def delete_queue(self, queue: str) -> None:
        """What an administrator's hand may do to a queue, with all that is in it."""
        if self.bus_url.startswith("amqp"):
            with open_connection(self.bus_url) as connection:
                connection.channel().queue_delete(queue)
        else:
            shutil.rmtree(self.folder / "bus" / "queues" / queue)

    def wait_for(self, names: list[str], seconds: float = 40.0) -> None:
        wait_until(lambda: len(self.noted()) >= len(names), seconds, "every effect")
        assert sorted(self.noted()) == sorted(names)


@pytest.fixture
def pair(
    make_runtime: Callable[[Service], Runtime],
    empty_bus: Callable[..., str],
    process_runner: Processes,
    tmp_path: Path,
) -> ExamplePair:
    publisher, reader = make_runtime(PUBLISHER), make_runtime(READER)
    publisher.clock = reader.clock = utc_now
    PublisherBase.metadata.create_all(publisher.database.engine)
    ReaderBase.metadata.create_all(reader.database.engine)
    return ExamplePair(publisher, reader, empty_bus(PUBLISHER, READER), process_runner, tmp_path)

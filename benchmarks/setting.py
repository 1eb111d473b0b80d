"""What all benchmarks of events run on: one broker, one database server, the two example services, and processes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text, update
from sqlalchemy.engine import make_url

from shared.bus import Bus, OutboundMessage, connect
from shared.clock import utc_now
from shared.database.tables import OutboxRow
from shared.identifiers import new_id
from shared.outbox.relay import PENDING, message_of
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.brokers import open_connection
from shared.testing.databases import Databases
from shared.testing.example import PUBLISHER, READER, PublisherBase, ReaderBase, name_thing
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess

HERE = Path(__file__).parent
QUEUE = "reader.publisher-events"
REQUESTS = "publisher.requests"
READER_TABLES = "inbox, inbox_positions, notes"
_BASES = {PUBLISHER.name: PublisherBase, READER.name: ReaderBase}


@dataclass
class Setting:
    amqp_url: str
    made: Databases
    runner: Processes
    publisher: Runtime = field(init=False)
    reader: Runtime = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = self.runtime(PUBLISHER.name)
        self.reader = self.runtime(READER.name)

    @property
    def bus(self) -> Bus:
        return connect(self.amqp_url)

    @property
    def broker(self) -> tuple[str, int, str, str]:
        """Host, port, user and password."""
        url = make_url(self.amqp_url)
        return str(url.host), url.port or 5672, str(url.username), str(url.password)

    def runtime(self, name: str) -> Runtime:
        """One of the two services, with a new database."""
        service = {PUBLISHER.name: PUBLISHER, READER.name: READER}[name]
        environ = {
            "YIZHAN_VAR": str(self.runner.folder),
            "DATABASE_URL": self.made.url(service),
            "BUS_URL": self.amqp_url,
        }
        runtime = Runtime(service, Settings.from_environment(service.name, environ))
        _BASES[name].metadata.create_all(runtime.database.engine)
        return runtime

    def worker(self, runtime: Runtime, roles: str) -> RunningProcess:
        """A worker of this service as a process of its own."""
        environ = {
            "YIZHAN_VAR": str(self.runner.folder),
            "DATABASE_URL": runtime.settings.database_url,
            "BUS_URL": self.amqp_url,
            "WORKER_PORT": str(free_port()),
        }
        name = f"{runtime.service.name}-{roles}-{time.monotonic_ns()}"
        arguments = ("-m", "shared.testing.example_process", runtime.service.name, roles)
        return self.runner.python(name, *arguments, environ=environ)

    def record(self, publisher: Runtime, number: int) -> list[OutboundMessage]:
        """Record so many events by commands; the messages that the relay will make of them."""
        for start in range(0, number, 500):
            with publisher.unit_of_work() as work:
                for _ in range(min(500, number - start)):
                    thing = new_id()
                    name_thing(work, thing, str(thing))
        with publisher.reading() as session:
            return [message_of(row) for row in session.execute(PENDING)]

    def recorded(self, number: int) -> Sequence[str]:
        """The bodies of so many events that were recorded last."""
        with self.publisher.reading() as session:
            found = session.execute(text("SELECT body FROM outbox ORDER BY id DESC LIMIT :number"), {"number": number})
            return [body for (body,) in found]

    def clear(self) -> None:
        """Nothing waits any more: not in the outbox, not in the queue, not in the inbox."""
        with self.publisher.database.writing() as session:
            session.execute(update(OutboxRow).values(published_at=utc_now()).where(OutboxRow.published_at.is_(None)))
        self.empty_inbox()
        self.purge(QUEUE)

    def start_afresh(self) -> None:
        """Both services with new databases, and nothing on its way between them."""
        self.close()
        self.__post_init__()
        for queue in (QUEUE, REQUESTS):
            self.purge(queue)

    def close(self) -> None:
        for runtime in (self.publisher, self.reader):
            runtime.close()

    def empty_inbox(self) -> None:
        with self.reader.database.writing() as session:
            session.execute(text(f"TRUNCATE {READER_TABLES}"))

    def purge(self, queue: str) -> None:
        with open_connection(self.amqp_url) as connection:
            connection.channel().queue_purge(queue)

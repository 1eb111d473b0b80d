"""How fast events travel: the relay beside Celery's confirmed publish and the bare limit, and effects beside Celery's.

``python benchmarks/events.py [--events N]`` starts a RabbitMQ and a PostgreSQL of its own (or takes the ones named by
YIZHAN_TEST_AMQP_URL and YIZHAN_TEST_POSTGRES_URL), runs everything in turn, and prints one table. Three rounds, the
median counts; what matters are the ratios, because machines differ.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.engine import make_url

from shared.bus import OutboundMessage, connect
from shared.clock import utc_now
from shared.database.tables import OutboxRow
from shared.identifiers import new_id
from shared.outbox.relay import PENDING, Relay, message_of
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.brokers import open_connection, remove_topology
from shared.testing.databases import databases
from shared.testing.example import PUBLISHER, READER, Note, PublisherBase, ReaderBase, name_thing
from shared.testing.ports import free_port
from shared.testing.processes import Processes, processes, wait_until
from shared.worker.declaring import declare

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from limit import publish_bare  # noqa: E402

ROUNDS = 3


class Bench:
    """One broker, one database server, the two example services, and Celery."""

    def __init__(self, amqp_url: str, publisher: Runtime, reader: Runtime, runner: Processes, events: int) -> None:
        self.amqp_url = amqp_url
        self.publisher = publisher
        self.reader = reader
        self.runner = runner
        self.events = events
        self.bus = connect(amqp_url)

    def fill_outbox(self) -> list[OutboundMessage]:
        """Record the events through the command, and give the messages that the relay will make of them."""
        for start in range(0, self.events, 500):
            with self.publisher.unit_of_work() as work:
                for _ in range(min(500, self.events - start)):
                    thing = new_id()
                    name_thing(work, thing, str(thing))
        with self.publisher.reading() as session:
            return [message_of(row) for row in session.execute(PENDING)]

    def relay(self) -> float:
        """Seconds to publish and mark everything that is pending."""
        with self.bus.publisher() as publisher:
            relay = Relay(self.publisher, publisher)
            started = time.perf_counter()
            confirmed = 0
            while confirmed < self.events:
                done = relay.run_once()
                if done.stuck:
                    raise RuntimeError(f"the relay is stuck: {publisher.last_error}")
                confirmed += done.confirmed
            seconds = time.perf_counter() - started
            relay.lease.release()
        return seconds

    def bare(self, messages: list[OutboundMessage]) -> float:
        url = make_url(self.amqp_url)
        return publish_bare(str(url.host), url.port or 5672, str(url.username), str(url.password), messages)

    def celery_publish(self, messages: list[OutboundMessage]) -> float:
        """Seconds for Celery to publish a tenth of the events, each confirmed."""
        from peer import QUEUE, app, note

        texts = [message.body.decode() for message in messages[: self.events // 10]]
        with app.producer_or_acquire() as producer:
            note.apply_async((str(new_id()), texts[0]), producer=producer)
            started = time.perf_counter()
            for body in texts:
                note.apply_async((str(new_id()), body), producer=producer)
            seconds = time.perf_counter() - started
        with open_connection(self.amqp_url) as connection:
            connection.channel().queue_purge(QUEUE)
        return seconds

    def effects(self, number: int, processors: int) -> float:
        """Seconds for so many waiting events to have their effects, with this many processors."""
        self._fill_inbox(number)
        environ = {
            "YIZHAN_VAR": str(self.runner.folder),
            "DATABASE_URL": self.reader.settings.database_url,
            "BUS_URL": self.amqp_url,
        }
        before = self._notes()
        workers = [
            self.runner.python(
                f"processor-{each}-{time.monotonic_ns()}",
                "-m",
                "shared.testing.example_process",
                "reader",
                "process",
                environ={**environ, "WORKER_PORT": str(free_port())},
            )
            for each in range(processors)
        ]
        wait_until(lambda: self._notes() > before, 60, "the first effect")
        first, started = self._notes(), time.perf_counter()
        wait_until(lambda: self._notes() >= before + number, 600, "all effects")
        seconds = time.perf_counter() - started
        for worker in workers:
            worker.terminate()
        return seconds * number / max(1, before + number - first)

    def _fill_inbox(self, number: int) -> None:
        """Bring in events that lie in the publisher's outbox, as intake would."""
        from shared.inbox.intake import take_in
        from shared.testing.delivery import HandMadeMessage

        queue = "reader.publisher-events"
        with self.publisher.reading() as session:
            newest = select(OutboxRow.body).order_by(OutboxRow.id.desc()).limit(number)
            bodies = list(session.scalars(newest))
        with self.reader.database.writing() as session:
            session.execute(text("TRUNCATE inbox, inbox_positions, notes"))
            messages = [HandMadeMessage(queue, body.encode()) for body in bodies]
            take_in(session, messages, sources={queue: "/services/publisher"}, now=utc_now())

    def _notes(self) -> int:
        with self.reader.reading() as session:
            return int(session.execute(select(func.count()).select_from(Note)).scalar_one())

    def celery_effects(self, number: int) -> float:
        """Seconds for two Celery workers (acks late) to have the same effects."""
        from peer import app, note

        engine = create_engine(self.reader.settings.database_url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS peer_seen (id text PRIMARY KEY)"))
            connection.execute(
                text("CREATE TABLE IF NOT EXISTS peer_notes (id bigserial PRIMARY KEY, text varchar(80))")
            )
            connection.execute(text("TRUNCATE peer_seen, peer_notes"))
        with self.publisher.reading() as session:
            bodies = list(session.scalars(select(OutboxRow.body).order_by(OutboxRow.id.desc()).limit(number)))
        with app.producer_or_acquire() as producer:
            for body in bodies:
                note.apply_async((str(new_id()), body), producer=producer)

        def done() -> int:
            with engine.connect() as connection:
                return int(connection.execute(text("SELECT count(*) FROM peer_notes")).scalar_one())

        worker = self.runner.start(
            f"celery-{time.monotonic_ns()}",
            [sys.executable, "-m", "celery", "-A", "peer", "worker", "-c", "2", "-l", "warning", "--without-gossip"],
            {**os.environ, "PYTHONPATH": str(HERE), "BENCH_DATABASE_URL": self.reader.settings.database_url},
        )
        wait_until(lambda: done() > 0, 120, "Celery's first effect")
        first, started = done(), time.perf_counter()
        wait_until(lambda: done() >= number, 600, "Celery's effects")
        seconds = time.perf_counter() - started
        worker.terminate(30)
        engine.dispose()
        return seconds * number / max(1, number - first)

    def latency(self, number: int) -> list[float]:
        """Milliseconds from a command's start to its effect in the consumer, one at a time, both workers running."""
        with self.publisher.database.writing() as session:
            session.execute(update(OutboxRow).values(published_at=utc_now()).where(OutboxRow.published_at.is_(None)))
        with self.reader.database.writing() as session:
            session.execute(text("TRUNCATE inbox, inbox_positions, notes"))
        with open_connection(self.amqp_url) as connection:
            connection.channel().queue_purge("reader.publisher-events")
        workers = []
        for runtime in (self.publisher, self.reader):
            environ = {
                "YIZHAN_VAR": str(self.runner.folder),
                "DATABASE_URL": runtime.settings.database_url,
                "BUS_URL": self.amqp_url,
                "WORKER_PORT": str(free_port()),
            }
            arguments = ("-m", "shared.testing.example_process", runtime.service.name, "relay,receive,process")
            workers.append(self.runner.python(f"latency-{runtime.service.name}", *arguments, environ=environ))
        self._one_effect()
        found = [self._one_effect() * 1000 for _ in range(number)]
        for worker in workers:
            worker.terminate()
        return found

    def _one_effect(self) -> float:
        thing = new_id()
        started = time.perf_counter()
        with self.publisher.unit_of_work() as work:
            name_thing(work, thing, "latency")

        def noted() -> bool:
            with self.reader.reading() as session:
                return session.execute(select(Note.id).where(Note.thing_id == thing)).first() is not None

        wait_until(noted, 60, "the effect")
        return time.perf_counter() - started


def rate(number: int, seconds: list[float]) -> float:
    return number / statistics.median(seconds)


def run(bench: Bench, say: Callable[[str], None]) -> None:
    relay, bare, celery = [], [], []
    for round_number in range(1, ROUNDS + 1):
        say(f"round {round_number} of {ROUNDS}: {bench.events} events recorded, relayed, and published by the others")
        messages = bench.fill_outbox()
        bare.append(bench.bare(messages))
        relay.append(bench.relay())
        celery.append(bench.celery_publish(messages))
    publishing = {
        "bare pipelined publisher (the limit)": rate(bench.events, bare),
        "relay: outbox to bus, marked": rate(bench.events, relay),
        "Celery, each publish confirmed": rate(bench.events // 10, celery),
    }
    number = min(3000, bench.events)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        say(f"{number} effects with two processors, then with two Celery workers")
        ours.append(bench.effects(number, 2))
        theirs.append(bench.celery_effects(number))
    effects = {
        "two ordered processors": rate(number, ours),
        "two Celery workers, acks late": rate(number, theirs),
    }
    say("latency, one command at a time")
    latencies = sorted(bench.latency(100))
    print(report(publishing, effects, latencies))


def report(publishing: dict[str, float], effects: dict[str, float], latencies: list[float]) -> str:
    """The table, as Markdown."""
    limit = publishing["bare pipelined publisher (the limit)"]
    peer = publishing["Celery, each publish confirmed"]
    lines = ["", "| publishing, quorum queue | events/s | of the limit | times Celery |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {value:,.0f} | {value / limit:.0%} | {value / peer:.1f} |" for name, value in publishing.items()
    ]
    base = effects["two Celery workers, acks late"]
    lines += ["", "| effects, PostgreSQL | events/s | times Celery |", "|---|---:|---:|"]
    lines += [f"| {name} | {value:,.0f} | {value / base:.1f} |" for name, value in effects.items()]
    middle, late = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.95)]
    lines += ["", f"Command to effect, one at a time: median {middle:.0f} ms, 95 % below {late:.0f} ms."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as scratch, servers.rabbitmq() as amqp_url, servers.postgresql() as admin_url:
        os.environ["BENCH_AMQP_URL"] = amqp_url
        folder = Path(scratch)
        remove_topology(amqp_url, (PUBLISHER, READER))
        with databases("postgresql", folder, admin_url) as made, processes(folder) as runner:
            runtimes = []
            for service, base in ((PUBLISHER, PublisherBase), (READER, ReaderBase)):
                environ = {"YIZHAN_VAR": scratch, "DATABASE_URL": made.url(service), "BUS_URL": amqp_url}
                runtimes.append(Runtime(service, Settings.from_environment(service.name, environ)))
                base.metadata.create_all(runtimes[-1].database.engine)
            bench = Bench(amqp_url, *runtimes, runner, events)
            for runtime in (*runtimes, *runtimes):
                declare(runtime, bench.bus)
            run(bench, lambda line: print(line, file=sys.stderr, flush=True))
            for runtime in runtimes:
                runtime.close()
        remove_topology(amqp_url, (PUBLISHER, READER))


if __name__ == "__main__":
    main()

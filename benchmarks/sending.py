"""How fast mails go out: the senders beside Celery and smtplib; how fast an event reaches thousands; and SMS texts.

``python benchmarks/sending.py [--mails N]`` starts a RabbitMQ and a PostgreSQL of its own (or takes those named by
YIZHAN_TEST_AMQP_URL and YIZHAN_TEST_POSTGRES_URL) and a loopback SMTP sink, and runs everything in turn, in rounds.
Processor seconds are told beside the rates: they say the same on a machine that other work shares.
"""

import argparse
import os
import resource
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from notifications.contacts.models import Contact
from notifications.messages.content import render_text, values_of
from notifications.messages.fan_out import announce
from notifications.messages.models import Message
from notifications.seed import plant
from notifications.service import SERVICE
from shared.clock import utc_now
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing import servers
from shared.testing.brokers import open_connection
from shared.testing.databases import databases
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, processes, wait_until

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
ROUNDS = 3
WORKERS = 2
TICKS = os.sysconf("SC_CLK_TCK")


class Bench:
    """One database, one broker, one sink."""

    def __init__(self, runtime: Runtime, amqp_url: str, runner: Processes, mails: int) -> None:
        self.runtime = runtime
        self.amqp_url = amqp_url
        self.runner = runner
        self.mails = mails
        self.smtp_port = free_port()
        self.counter = runner.folder / "mails"
        runner.start("sink", [sys.executable, str(HERE / "mail_sink.py"), str(self.smtp_port), str(self.counter)], {})
        wait_until(self.counter.exists, 20, "the sink")
        plant(runtime)
        self.people = [new_id() for _ in range(max(mails, 10_000))]
        rows = [
            {"person_id": one, "name": "某某", "language": "zh-Hans", "phone": None,
             "email": f"{one.hex}@sample.invalid", "guardians": [], "sample": True, "updated_at": utc_now()}
            for one in self.people
        ]  # fmt: skip
        with runtime.database.writing() as session:
            session.execute(insert(Contact.__table__), rows)  # type: ignore[arg-type]

    def taken(self) -> int:
        return int(struct.unpack("<q", self.counter.read_bytes())[0])

    def fan_out(self, people: list[UUID]) -> tuple[float, int]:
        """Seconds to take in one event for so many people, and by how many KiB the process grew at most."""
        starts = utc_now() + timedelta(days=2)
        envelope = Envelope(
            id=new_id(), source="/services/activities", type="org.yizhan.activities.registration.confirmed.v1",
            subject=f"registration/{new_id()}", subjectversion=1, time=utc_now(), data={},
        )  # fmt: skip
        facts = {
            "title": {"zh": "小候鸟暑期班", "en": "Summer class"},
            "when": {"from": starts.isoformat(), "to": None},
            "place": None,
        }
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        with self.runtime.unit_of_work() as work:
            announce(work, ReceivedEvent(envelope, {}), people, facts=facts, starts_at=starts)
        return time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    def send(self) -> tuple[float, float]:
        """Seconds, and processor seconds of the sending processes, for the mails that lie ready."""
        environ = {
            "YIZHAN_VAR": str(self.runner.folder),
            "DATABASE_URL": self.runtime.settings.database_url,
            "BUS_URL": self.amqp_url,
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
        }
        main = "from notifications.cli import main; main()"

        def start(number: int) -> RunningProcess:
            more = {**environ, "WORKER_PORT": str(free_port())}
            command = ("-c", main, "worker", "--roles", "timers")
            return self.runner.python(f"sender-{number}-{time.monotonic_ns()}", *command, environ=more)

        workers = [start(number) for number in range(WORKERS)]
        wait_until(lambda: self.taken() > self.before, 120, "the first mail")
        first, started, used = self.taken(), time.perf_counter(), sum(map(processor_seconds, workers))
        wait_until(lambda: self.taken() >= self.before + self.mails, 900, "all mails")
        seconds, used = time.perf_counter() - started, sum(map(processor_seconds, workers)) - used
        wait_until(lambda: self._open() == 0, 60, "the outcomes")
        for worker in workers:
            worker.terminate()
        done = self.before + self.mails - first
        return seconds * self.mails / max(1, done), used * self.mails / max(1, done)

    def _open(self) -> int:
        with self.runtime.reading() as session:
            return int(session.scalar(select(func.count()).where(Message.state.in_(("pending", "sending")))) or 0)

    def celery(self, task: str) -> tuple[float, float]:
        """The same for two Celery processes."""
        import mail_peer

        send_mail = getattr(mail_peer, task)
        with mail_peer.app.producer_or_acquire() as producer:
            for person in self.people[: self.mails]:
                send_mail.apply_async(
                    (f"{person.hex}@sample.invalid", "某某", "小候鸟暑期班", str(new_id())), producer=producer
                )
        command = [sys.executable, "-m", "celery", "-A", "mail_peer", "worker", "-c", str(WORKERS), "-l", "error"]
        worker = self.runner.start(
            f"celery-{time.monotonic_ns()}",
            [*command, "--without-gossip"],
            {"PYTHONPATH": str(HERE), "BENCH_SMTP_PORT": str(self.smtp_port), "BENCH_AMQP_URL": self.amqp_url},
        )
        wait_until(lambda: self.taken() > self.before, 120, "Celery's first mail")
        first, started, used = self.taken(), time.perf_counter(), family_seconds(worker.pid)
        wait_until(lambda: self.taken() >= self.before + self.mails, 900, "Celery's mails")
        seconds, used = time.perf_counter() - started, family_seconds(worker.pid) - used
        worker.terminate(30)
        done = self.before + self.mails - first
        return seconds * self.mails / max(1, done), used * self.mails / max(1, done)

    def round(self) -> dict[str, float]:
        """One round of everything; rates and processor milliseconds a mail."""
        with self.runtime.database.writing() as session:
            session.execute(update(Message).values(state="cancelled").where(Message.state == "pending"))
            session.execute(text("ANALYZE"))
        accepted, grown = self.fan_out(self.people[:10_000])
        with self.runtime.database.writing() as session:
            session.execute(update(Message).values(state="cancelled").where(Message.state == "pending"))
        self.fan_out(self.people[: self.mails])
        self.before = self.taken()
        ours, used = self.send()
        figures = {"accepted": accepted, "grown": grown, "sent": self.mails / ours, "cpu": used / self.mails * 1000}
        for name in ("plain", "tuned"):
            self.before = self.taken()
            theirs, their_use = self.celery(f"send_mail_{name}")
            figures |= {name: self.mails / theirs, f"{name}-cpu": their_use / self.mails * 1000}
        return figures


def processor_seconds(process: RunningProcess) -> float:
    return family_seconds(process.pid)


def family_seconds(pid: int) -> float:
    """Processor seconds of a process and its children so far."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def rendered_sms() -> float:
    """SMS a second that one process renders, values and all."""
    from zoneinfo import ZoneInfo

    facts = {"title": {"zh": "小候鸟暑期班", "en": "x"}, "when": {"from": utc_now().isoformat(), "to": None}}
    body, zone = "((name))您好，您已成功报名“((title))”。时间：((when))。", ZoneInfo("Asia/Shanghai")
    number, started = 5000, time.perf_counter()
    for _ in range(number):
        values = values_of(facts, "zh-Hans", zone, name="某某", about_name=None)
        render_text("sms", "zh-Hans", "", body, values, "党群服务中心")
    return number / (time.perf_counter() - started)


def report(rounds: list[dict[str, float]], sms: float, mails: int) -> str:
    """The table, as Markdown."""
    middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    return "\n".join(
        [
            "",
            f"| {mails} mails, loopback | mails/s | processor ms a mail | the suite is faster by |",
            "|---|---:|---:|---:|",
            f"| two senders, commit and event a mail | {middle['sent']:,.0f} | {middle['cpu']:.2f} | |",
            *(
                f"| two Celery workers, acks late, {how} | {middle[name]:,.0f} | {middle[f'{name}-cpu']:.2f} | "
                f"{middle['sent'] / middle[name]:.1f} times |"
                for name, how in (
                    ("plain", "EmailMessage and a connection each"),
                    ("tuned", "our writer of mails and a kept connection"),
                )
            ),
            "",
            f"One event for 10,000 people: accepted in {middle['accepted']:.2f} s, memory grew by "
            f"{middle['grown'] / 1024:.0f} MiB. SMS rendered by one process: {sms:,.0f} a second.",
        ]
    )


def main(say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--mails", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers.rabbitmq() as amqp_url, servers.postgresql() as admin_url:
        os.environ["BENCH_AMQP_URL"] = amqp_url
        with databases("postgresql", Path(folder), admin_url) as made, processes(Path(folder)) as runner:
            environ = {"YIZHAN_VAR": folder, "DATABASE_URL": made.url(SERVICE), "BUS_URL": amqp_url}
            runtime = Runtime(SERVICE, Settings.from_environment(SERVICE.name, environ))
            bench = Bench(runtime, amqp_url, runner, chosen.mails)
            rounds = []
            for number in range(1, chosen.rounds + 1):
                say(f"round {number} of {chosen.rounds}")
                rounds.append(bench.round())
                say(str({name: round(value, 2) for name, value in rounds[-1].items()}))
            print(report(rounds, rendered_sms(), chosen.mails))
            with open_connection(amqp_url) as connection:
                connection.channel().queue_delete("celery-mails")
            runtime.close()


if __name__ == "__main__":
    main()

"""Sender processes that are killed while they send: nobody is missed, no SMS comes twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from notifications.messages.queries import conservation
from notifications.seed import plant
from notifications.service import SERVICE
from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from shared.clock import utc_now
from shared.runtime import Runtime
from shared.testing.ports import free_port

pytestmark = pytest.mark.timeout(300)
LEASE = 4
THREADS = 2


class Senders:
    """Real worker processes with the timers role only."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, **self._environ, "WORKER_PORT": str(free_port()), **more}
        command = [sys.executable, "-c", "from notifications.cli import main; main()", "worker", "--roles", "timers"]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(process)
        return process

    def kill(self) -> None:
        """SIGKILL the oldest one that still runs."""
        process = next(process for process in self.running if process.poll() is None)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            process.wait(timeout=30)


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime], mailbox: Mailbox) -> Runtime:
    made = make_runtime(SERVICE, **_addresses(mailbox))
    made.clock = utc_now
    plant(made)
    return made


def _addresses(mailbox: Mailbox) -> dict[str, str]:
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{mailbox.smtp_port}",
        "SMS_PROVIDERS": f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms"}}]',
        "YIZHAN_SEND_LEASE": str(LEASE),
        "YIZHAN_SEND_RETRY": "0.2",
    }


@pytest.fixture
def senders(runtime: Runtime, mailbox: Mailbox, tmp_path: Path) -> Iterator[Senders]:
    environ = {
        "YIZHAN_VAR": str(tmp_path),
        "DATABASE_URL": runtime.settings.database_url,
        "BUS_URL": runtime.settings.bus_url,
        **_addresses(mailbox),
    }
    made = Senders(environ)
    yield made
    made.stop()


def _queue(runtime: Runtime, people: int) -> None:
    others = Others(runtime, utc_now)
    for _ in range(people):
        others.registration("confirmed", others.contact())


def _arrivals(mailbox: Mailbox, channel: str) -> Counter[str]:
    return Counter(message["message_id"].strip("<>").partition("@")[0] for message in mailbox.messages(
        channel=channel, limit=10_000
    ))  # fmt: skip


def test_several_killed_senders_miss_nobody_and_send_no_sms_twice(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    people, kills = 30, 3
    _queue(runtime, people)
    mailbox.fault("smtp", "slow", seconds=0.05)
    mailbox.fault("sms", "slow", seconds=0.05)
    senders.start()
    senders.start()
    for kill in range(kills):
        until(lambda kill=kill: len(mailbox.messages(limit=10_000)) > (kill + 1) * 12, seconds=60)  # type: ignore[misc]
        senders.kill()
        senders.start()
        with runtime.reading() as session:
            assert conservation(session).holds
    until(lambda: states(runtime) == {"sent": people * 2}, seconds=120)
    sms, mails = _arrivals(mailbox, "sms"), _arrivals(mailbox, "email")
    expected = {message.channel: set() for message in messages(runtime)}  # type: ignore[var-annotated]
    for message in messages(runtime):
        expected[message.channel].add(str(message.message_id))
    assert (set(sms), set(mails)) == (expected["sms"], expected["email"])
    assert set(sms.values()) == {1}
    twice = {message_id for message_id, count in mails.items() if count > 1}
    flagged = {str(message.message_id) for message in messages(runtime) if message.maybe_duplicate}
    assert twice <= flagged
    assert sum(mails.values()) - people <= kills * THREADS


@pytest.mark.parametrize(("point", "copies"), [("send.before-send", 1), ("send.after-send", 2)])
def test_a_mail_comes_twice_only_when_the_sender_died_after_handing_it_over(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str, copies: int
) -> None:
    others = Others(runtime, utc_now)
    others.registration("confirmed", others.contact(phone=None))
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    until(lambda: states(runtime) == {"sent": 1}, seconds=60)
    assert list(_arrivals(mailbox, "email").values()) == [copies]
    assert messages(runtime)[0].maybe_duplicate


@pytest.mark.parametrize("point", ["send.before-send", "send.after-send"])
def test_an_sms_comes_exactly_once_wherever_the_sender_dies(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str
) -> None:
    others = Others(runtime, utc_now)
    others.registration("confirmed", others.contact(email=None))
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    until(lambda: states(runtime) == {"sent": 1}, seconds=60)
    assert list(_arrivals(mailbox, "sms").values()) == [1]

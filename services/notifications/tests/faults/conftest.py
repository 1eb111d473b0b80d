"""A service on the real clock, and real processes that work on it: senders, and the web as it is operated."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from notifications.seed import plant
from notifications.service import SERVICE
from notifications.testing.database_away import database_away
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.operated_web import OperatedWeb
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.runtime import Runtime
from shared.testing.processes import Processes


@pytest.fixture
def lease() -> int:
    """Seconds after which what a dead sender held comes free; every answer has to come within a sixth of them. Tests
    with thousands of messages, in which a busy machine must not look like a server that is gone, take more."""
    return 4


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime], mailbox: Mailbox, lease: int) -> Runtime:
    made = make_runtime(SERVICE, **_addresses(mailbox, lease))
    made.clock = utc_now
    plant(made)
    return made


def _addresses(mailbox: Mailbox, lease: int) -> dict[str, str]:
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{mailbox.smtp_port}",
        "SMS_PROVIDERS": f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms"}}]',
        "YIZHAN_SEND_LEASE": str(lease),
        "YIZHAN_SEND_RETRY": "0.2",
    }


@pytest.fixture
def environ(runtime: Runtime, mailbox: Mailbox, lease: int, tmp_path: Path) -> dict[str, str]:
    """What every process of the service is told."""
    return {
        "YIZHAN_VAR": str(tmp_path),
        "DATABASE_URL": runtime.settings.database_url,
        "BUS_URL": runtime.settings.bus_url,
        **_addresses(mailbox, lease),
    }


@pytest.fixture
def web(runtime: Runtime, environ: dict[str, str], process_runner: Processes) -> OperatedWeb:
    """The web process, not started yet; senders that start after this name it to the gateways."""
    made = OperatedWeb(runtime, environ, process_runner)
    environ["PUBLIC_URL"] = made.url
    return made


@pytest.fixture
def senders(environ: dict[str, str]) -> Iterator[Senders]:
    made = Senders(environ)
    yield made
    made.stop()


@pytest.fixture
def without_database(runtime: Runtime) -> Callable[[], AbstractContextManager[None]]:
    """A context in which the database lets nobody write."""
    return lambda: database_away(runtime, os.environ.get("YIZHAN_TEST_POSTGRES_URL"))

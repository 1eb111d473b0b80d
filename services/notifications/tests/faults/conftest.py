"""A service on the real clock, and real sender processes that work on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifications.seed import plant
from notifications.service import SERVICE
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.runtime import Runtime

LEASE = 4


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

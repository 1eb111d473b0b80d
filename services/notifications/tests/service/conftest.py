"""A notifications service with its first rules and templates, and what other services tell it."""

import json
from collections.abc import Callable, Iterator

import pytest

from notifications.seed import plant
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.service import SERVICE
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.fakes import SettableClock


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime], mailbox: Mailbox) -> Runtime:
    made = make_runtime(
        SERVICE,
        SMTP_URL=f"smtp://127.0.0.1:{mailbox.smtp_port}",
        SMS_PROVIDERS=f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms"}}]',
        YIZHAN_SEND_LEASE="60",
        YIZHAN_SEND_RETRY="0.1",
    )
    plant(made)
    return made


@pytest.fixture
def configured(make_runtime: Callable[..., Runtime], mailbox: Mailbox) -> Callable[..., Runtime]:
    """A service with other settings."""

    def made(**environ: str) -> Runtime:
        common = {
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox.smtp_port}",
            "SMS_PROVIDERS": json.dumps([{"name": "mailbox", "kind": "generic", "url": f"{mailbox.url}/sms"}]),
            "YIZHAN_SEND_LEASE": "60",
            "YIZHAN_SEND_RETRY": "0.1",
        }
        runtime = make_runtime(SERVICE, **{**common, **environ})
        plant(runtime)
        return runtime

    return made


@pytest.fixture
def make_sender(runtime: Runtime) -> Iterator[Callable[..., Sender]]:
    """Senders. A slow machine does not lose their leases; tests end them (`conditions.end_leases`)."""
    made: list[Sender] = []

    def make() -> Sender:
        made.append(Sender(runtime, SendingSettings.of(runtime.settings)))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


@pytest.fixture
def sender(make_sender: Callable[[], Sender]) -> Sender:
    return make_sender()


@pytest.fixture
def others(runtime: Runtime, clock: SettableClock) -> Others:
    return Others(runtime, clock)

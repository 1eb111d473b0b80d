"""Fixtures of all notification tests."""

from collections.abc import Iterator

import pytest

from notifications.testing.mailbox_process import Mailbox
from shared.testing.ports import free_port


@pytest.fixture(scope="session")
def mailbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    running = Mailbox(tmp_path_factory.mktemp("mailbox"), free_port(), free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def mailbox(mailbox_process: Mailbox) -> Mailbox:
    """The mailbox, empty and without faults."""
    mailbox_process.clear()
    return mailbox_process

"""The bus that a test runs on."""

import os
from collections.abc import Iterable
from pathlib import Path

from shared.service import Service


def bus_of(stack: str, folder: Path) -> str:
    """The address of the stack's bus: a new spool in this folder, or the test's RabbitMQ."""
    if stack == "sqlite":
        return f"spool://{folder / 'bus'}"
    url = os.environ.get("YIZHAN_TEST_AMQP_URL")
    if not url:
        raise RuntimeError("YIZHAN_TEST_AMQP_URL must name a running RabbitMQ; ./test starts one")
    return url


def emptied(bus_url: str, services: Iterable[Service]) -> str:
    """The same address, after removing what these services declared on that bus."""
    if bus_url.startswith("amqp"):
        from shared.testing.brokers import remove_topology

        remove_topology(bus_url, list(services))
    return bus_url

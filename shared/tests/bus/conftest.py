"""The bus under test on a RabbitMQ that a test may break."""

from collections.abc import Iterator

import pytest

from shared.testing.bus_clients import PikaClient
from shared.testing.bus_under_test import BusUnderTest
from shared.testing.servers import LocalRabbit


@pytest.fixture
def on(node: LocalRabbit) -> Iterator[BusUnderTest]:
    client = PikaClient(node.url)
    bus = BusUnderTest(node.url, client)
    bus.declare()
    yield bus
    client.delete(bus.queue)
    client.close()

"""The behaviour suite on both buses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus import requests_exchange
from shared.testing.bus_behaviour import BusBehaviour
from shared.testing.bus_clients import PikaClient, SpoolClient
from shared.testing.bus_under_test import BusUnderTest
from shared.testing.servers import rabbitmq


@pytest.fixture(scope="module")
def amqp_url() -> Iterator[str]:
    with rabbitmq() as url:
        yield url


class TestSpool(BusBehaviour):
    @pytest.fixture
    def on(self, tmp_path: Path) -> Iterator[BusUnderTest]:
        client = SpoolClient(tmp_path)
        yield BusUnderTest(f"spool://{tmp_path}", client)
        client.close()


class TestRabbitMQ(BusBehaviour):
    @pytest.fixture
    def on(self, amqp_url: str) -> Iterator[BusUnderTest]:
        client = PikaClient(amqp_url)
        bus = BusUnderTest(amqp_url, client)
        yield bus
        client.delete(bus.queue, requests_exchange(bus.publisher_name), requests_exchange(bus.consumer_name))
        client.close()

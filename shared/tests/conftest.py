"""What several folders of tests share: a broker of their own that they may stop, kill and fill."""

from collections.abc import Iterator

import pytest

from shared.testing.servers import LocalRabbit, local_rabbitmq


@pytest.fixture(scope="session")
def node() -> Iterator[LocalRabbit]:
    """A private RabbitMQ. Whoever breaks it mends it."""
    with local_rabbitmq() as running:
        yield running

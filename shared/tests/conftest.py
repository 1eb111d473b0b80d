"""What several folders of tests share: a broker of their own that they may stop, kill and fill."""

from collections.abc import Callable, Iterator

import pytest

from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import PUBLISHER, READER
from shared.testing.servers import LocalRabbit, local_rabbitmq


@pytest.fixture(scope="session")
def node() -> Iterator[LocalRabbit]:
    """A private RabbitMQ. Whoever breaks it mends it."""
    with local_rabbitmq() as running:
        yield running


@pytest.fixture
def make_example(make_runtime: Callable[..., Runtime]) -> Callable[..., Runtime]:
    """As ``make_runtime``, for the small services of these tests, whose own tables have no migrations."""

    def make(service: Service, **environ: str) -> Runtime:
        runtime = make_runtime(service, **environ)
        service.metadata.create_all(runtime.database.engine)
        return runtime

    return make


@pytest.fixture
def publisher(make_example: Callable[..., Runtime]) -> Runtime:
    """The example service whose things are named."""
    return make_example(PUBLISHER)


@pytest.fixture
def reader(make_example: Callable[..., Runtime]) -> Runtime:
    """The example service that notes the names down."""
    return make_example(READER)

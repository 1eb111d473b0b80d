"""The two example services with their databases, and no bus between them."""

from collections.abc import Callable

import pytest

from shared.clock import utc_now
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import PUBLISHER, READER, PublisherBase, ReaderBase


@pytest.fixture
def publisher(make_runtime: Callable[[Service], Runtime]) -> Runtime:
    runtime = make_runtime(PUBLISHER)
    runtime.clock = utc_now
    PublisherBase.metadata.create_all(runtime.database.engine)
    return runtime


@pytest.fixture
def reader(make_runtime: Callable[[Service], Runtime]) -> Runtime:
    runtime = make_runtime(READER)
    runtime.clock = utc_now
    ReaderBase.metadata.create_all(runtime.database.engine)
    return runtime

"""A small service of two nouns, and a second one that reads from it, to try the kernel with."""

from collections.abc import Callable

import pytest

from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import PUBLISHER, READER, PublisherBase, ReaderBase


@pytest.fixture
def publisher(make_runtime: Callable[[Service], Runtime]) -> Runtime:
    runtime = make_runtime(PUBLISHER)
    PublisherBase.metadata.create_all(runtime.database.engine)
    return runtime


@pytest.fixture
def reader(make_runtime: Callable[[Service], Runtime]) -> Runtime:
    runtime = make_runtime(READER)
    ReaderBase.metadata.create_all(runtime.database.engine)
    return runtime

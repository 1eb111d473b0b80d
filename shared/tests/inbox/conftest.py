"""The two example services by the clock on the wall, and no bus between them."""

import pytest

from shared.clock import utc_now
from shared.runtime import Runtime


@pytest.fixture
def publisher(publisher: Runtime) -> Runtime:
    publisher.clock = utc_now
    return publisher


@pytest.fixture
def reader(reader: Runtime) -> Runtime:
    reader.clock = utc_now
    return reader

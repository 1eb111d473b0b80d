"""Pytest fixtures for every service. A service's own conftest gives ``service``; the rest follows from it.

``YIZHAN_TEST_STACK`` chooses ``sqlite`` (with the spool bus; the default) or ``postgresql`` (with RabbitMQ). The
whole suite runs once on each.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.runtime import Runtime
from shared.service import Service
from shared.settings import Settings
from shared.testing.buses import bus_of, emptied
from shared.testing.databases import Databases, databases
from shared.testing.fakes import SettableClock
from shared.testing.processes import Processes, processes


@pytest.fixture(scope="session")
def stack() -> str:
    """``sqlite`` or ``postgresql``."""
    chosen = os.environ.get("YIZHAN_TEST_STACK", "sqlite")
    if chosen not in ("sqlite", "postgresql"):
        raise RuntimeError("YIZHAN_TEST_STACK is sqlite or postgresql")
    return chosen


@pytest.fixture(scope="session")
def test_databases(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder: Path = tmp_path_factory.mktemp("databases")
    with databases(stack, folder, os.environ.get("YIZHAN_TEST_POSTGRES_URL")) as made:
        yield made


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def make_runtime(
    test_databases: Databases, clock: SettableClock, tmp_path: Path
) -> Iterator[Callable[[Service], Runtime]]:
    """Makes a runtime with a database of its own; several services may take part in one test."""
    runtimes: list[Runtime] = []

    def make(service: Service, **environ: str) -> Runtime:
        url = test_databases.url(service)
        settings = Settings.from_environment(
            service.name,
            {
                "YIZHAN_VAR": str(tmp_path),
                "DATABASE_URL": url,
                "BUS_URL": f"spool://{tmp_path / 'bus'}",
                **environ,
            },
        )
        runtime = Runtime(service, settings, clock=clock)
        runtimes.append(runtime)
        return runtime

    yield make
    for runtime in runtimes:
        runtime.close()
        test_databases.drop(runtime.settings.database_url)


@pytest.fixture
def runtime(make_runtime: Callable[[Service], Runtime], service: Service) -> Runtime:
    """A process of the service under test, in this process, with an empty migrated database."""
    return make_runtime(service)


@pytest.fixture
def process_runner(tmp_path: Path) -> Iterator[Processes]:
    """Starts real processes that end with the test."""
    folder = tmp_path / "processes"
    folder.mkdir()
    with processes(folder) as runner:
        yield runner


@pytest.fixture
def bus_url(stack: str, tmp_path: Path) -> str:
    """The bus of the stack: a new spool, or the test's RabbitMQ."""
    return bus_of(stack, tmp_path)


@pytest.fixture
def empty_bus(bus_url: str) -> Callable[..., str]:
    """Removes what these services declared on the test's bus, and gives its address."""

    def clean(*services: Service) -> str:
        return emptied(bus_url, services)

    return clean

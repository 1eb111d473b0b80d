"""A real gunicorn in front of the example pair."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from shared.principal import Grant
from shared.testing.collector import Collector, collector
from shared.testing.ports import free_port
from shared.testing.processes import RunningProcess, answers, wait_until
from shared.testing.web import bearer


class ExampleWeb:
    """The publisher's web process, and a program that speaks to it."""

    def __init__(self, pair: Any, **environ: str) -> None:
        self.port = free_port()
        self.headers = bearer(pair.runtimes["publisher"], Grant("admin", "*"))
        self.process: RunningProcess = pair.runner.python(
            "publisher-web",
            *("-m", "shared.testing.example_process", "publisher", "web"),
            environ={**pair.environ("publisher"), "PORT": str(self.port), **environ},
        )
        self.wait_ready()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        wait_until(lambda: answers(f"{self.url}/healthz"), 120, "the web process ready")

    def restart(self, **environ: str) -> None:
        self.process.restart(**environ)
        self.wait_ready()

    def name_thing(self, name: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """One request; httpx.TransportError when no answer comes."""
        with httpx.Client(timeout=30, trust_env=False) as client:
            return client.post(
                f"{self.url}/api/v1/things", json={"name": name}, headers={**self.headers, **(headers or {})}
            )


@pytest.fixture
def start_web(pair: Any) -> Callable[..., ExampleWeb]:
    """Starts the publisher's web process, with more environment, and waits until it answers."""
    return lambda **environ: ExampleWeb(pair, **environ)


@pytest.fixture
def web_of() -> type[ExampleWeb]:
    """Starts the web process of another pair."""
    return ExampleWeb


@pytest.fixture
def worker(pair: Any) -> Callable[..., RunningProcess]:
    """Starts a worker of one of the two services, with more environment."""

    def start(service: str, roles: str = "relay,receive,process", **environ: str) -> RunningProcess:
        module = ("-m", "shared.testing.example_process", service, roles)
        started: RunningProcess = pair.runner.python(
            f"{service}-{roles.replace(',', '-')}", *module, environ={**pair.environ(service), **environ}
        )
        return started

    return start


@pytest.fixture
def collected() -> Iterator[Collector]:
    """A collector that processes can be told to send their spans to."""
    with collector() as running:
        yield running

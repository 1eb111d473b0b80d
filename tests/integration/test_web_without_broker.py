"""Every route of every service is called, and no web process opens a connection to the broker."""

import importlib
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.databases import Databases, databases
from shared.testing.deaf import DeafServer, deaf_server
from shared.testing.ports import free_port
from shared.testing.processes import Processes, answers, wait_until
from shared.testing.web import bearer

NAMES = ("membership", "facilities", "activities", "welfare", "notifications")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with databases("sqlite", tmp_path_factory.mktemp("databases"), None) as made:
        yield made


@pytest.fixture
def broker() -> Iterator[DeafServer]:
    with deaf_server() as listening:
        yield listening


def routes(app: Any) -> list[tuple[str, str]]:
    """(method, path) of everything that the application answers, with an id of nothing where one is asked for."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<uuid:[^>]+>", lambda _: str(new_id()), rule.rule)
        path = re.sub(r"<int:[^>]+>", "1", path)
        path = re.sub(r"<date[^>]*>", "2026-11-23", path)
        path = re.sub(r"<[^>]+>", "nothing", path)
        found += [(method, path) for method in METHODS if method in (rule.methods or ())]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_route_speaks_to_the_broker(
    name: str, sqlite: Databases, broker: DeafServer, process_runner: Processes, tmp_path: Path
) -> None:
    service = importlib.import_module(f"{name}.service").SERVICE
    port = free_port()
    environ = {
        "YIZHAN_VAR": str(tmp_path),
        "DATABASE_URL": sqlite.url(service),
        "BUS_URL": f"amqp://guest:guest@127.0.0.1:{broker.port}//",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    runtime = Runtime(service, Settings.from_environment(name, environ))
    headers = bearer(runtime, Grant("admin", "*"))
    called = routes(importlib.import_module(f"{name}.app").create_app(runtime))
    runtime.close()
    web = process_runner.start(f"{name}-web", [str(Path(sys.executable).parent / name), "web"], environ)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(f"{url}/healthz"), 90, f"{name} ready")

    def call(route: tuple[str, str]) -> int:
        method, path = route
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            return client.request(method, path, json={} if method != "GET" else None).status_code

    with ThreadPoolExecutor(4) as callers:
        statuses = dict(zip(called, callers.map(call, called), strict=True))
    assert len(called) > 30
    assert {route: status for route, status in statuses.items() if status >= 500} == {}
    assert any(status == 200 for status in statuses.values())
    assert broker.connections == []
    assert web.terminate() == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_web_process_does_not_even_load_a_client_of_the_broker(
    name: str, sqlite: Databases, process_runner: Processes, tmp_path: Path
) -> None:
    service = importlib.import_module(f"{name}.service").SERVICE
    program = (
        f"import sys, {name}.app as app; app.create_app(); "
        "print(sorted(set(sys.modules) & {'kombu', 'amqp', 'pika', 'shared.bus.publishing', 'shared.bus.receiving'}))"
    )
    environ = {"YIZHAN_VAR": str(tmp_path), "DATABASE_URL": sqlite.url(service)}
    process = process_runner.python(f"{name}-modules", "-c", program, environ=environ)
    assert process.wait(90) == 0, process.output()
    assert process.output().strip() == "[]"

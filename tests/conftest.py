"""The whole suite as it is operated: web and worker processes of five services, a bus, databases, the mailbox."""

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import func, select

from shared.clock import utc_now
from shared.database.tables import InboxRow, OutboxRow
from shared.principal import Grant
from shared.runtime import Runtime
from shared.settings import Settings
from shared.staff.tokens import add_token
from shared.testing.buses import emptied
from shared.testing.databases import Databases
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, wait_until

NAMES = ("membership", "facilities", "activities", "welfare", "notifications")
SIGN_IN_SECRET = "a-secret-for-the-tests"
CLIENTS = ",".join(f"{name}:{SIGN_IN_SECRET}" for name in NAMES if name != "membership")


def _readiness(port: int) -> dict[str, Any]:
    """What a process says of itself; nothing while it does not answer."""
    try:
        found: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return found


class RunningSuite:
    """Five services and the mailbox. ``api`` speaks to a service as another program would.

    ``bus_url`` is one address for all, or one for each service by its name.
    """

    def __init__(self, folder: Path, databases: Databases, bus_url: str | Mapping[str, str], runner: Processes) -> None:
        self.folder = folder
        self.bus_url = bus_url
        self.runner = runner
        self.services = {name: importlib.import_module(f"{name}.service").SERVICE for name in NAMES}
        self.ports = {name: (free_port(), free_port()) for name in NAMES}
        self.smtp_port, self.mailbox_port = free_port(), free_port()
        self.environs = {name: self._environ(name, databases.url(self.services[name])) for name in NAMES}
        self.runtimes = {
            name: Runtime(self.services[name], Settings.from_environment(name, self.environs[name]), clock=utc_now)
            for name in NAMES
        }
        self.processes: dict[str, RunningProcess] = {}
        self.tokens: dict[str, str] = {}

    def _environ(self, name: str, database_url: str) -> dict[str, str]:
        port, worker_port = self.ports[name]
        return {
            "YIZHAN_VAR": str(self.folder),
            "DATABASE_URL": database_url,
            "BUS_URL": self.bus_url if isinstance(self.bus_url, str) else self.bus_url[name],
            "PORT": str(port),
            "WORKER_PORT": str(worker_port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "MAILBOX_SMTP_PORT": str(self.smtp_port),
            "MAILBOX_PORT": str(self.mailbox_port),
            "SMS_PROVIDERS": json.dumps(
                [{"name": "mailbox", "kind": "generic", "url": f"http://127.0.0.1:{self.mailbox_port}/sms"}]
            ),
            "SEND_ALLOW_LIST": "*",
            "YIZHAN_SEND_LEASE": "3",
            "LOCAL_ACCOUNTS": "on",
            **({"OIDC_CLIENTS": CLIENTS} if name == "membership" else {"OIDC_CLIENT_SECRET": SIGN_IN_SECRET}),
            **{f"{other.upper()}_URL": f"http://127.0.0.1:{ports[0]}" for other, ports in self.ports.items()},
        }

    def start(self) -> None:
        """Start everything and wait until it is ready and every queue is bound."""
        self.processes["mailbox"] = self.runner.python(
            "mailbox", "-m", "notifications.mailbox", environ=self.environs["notifications"]
        )
        for name in NAMES:
            self._prepare(name)
            for role in ("web", "worker"):
                self.processes[f"{name}-{role}"] = self.runner.start(
                    f"{name}-{role}", [str(Path(sys.executable).parent / name), role], self.environs[name]
                )
        for name in NAMES:
            self.wait_ready(name)

    def _prepare(self, name: str) -> None:
        runtime = self.runtimes[name]
        seed = importlib.util.find_spec(f"{name}.seed")
        if seed is not None:
            importlib.import_module(f"{name}.seed").plant(runtime)
        with runtime.unit_of_work() as work:
            self.tokens[name] = add_token(work, name="integration tests", grants=[Grant("admin", "*")])

    def wait_ready(self, name: str, seconds: float = 60.0) -> None:
        port, worker_port = self.ports[name]
        wait_until(lambda: self._ready(name, port), seconds, f"{name} web ready")
        wait_until(lambda: self._bound(worker_port), seconds, f"{name} worker bound")

    def _ready(self, name: str, port: int) -> bool:
        said = _readiness(port)
        return said.get("status") == "ready" and said.get("service") == name

    def _bound(self, worker_port: int) -> bool:
        said = _readiness(worker_port)
        return bool(said.get("bindings") == "complete" and said.get("receiving"))

    def api(self, name: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.ports[name][0]}/api/v1",
            headers={"Authorization": f"Bearer {self.tokens[name]}"},
            timeout=30,
        )

    def post(self, name: str, path: str, body: Mapping[str, Any], *, status: int = 201) -> dict[str, Any]:
        """POST and expect this status; the answer's JSON."""
        with self.api(name) as client:
            answer = client.post(path, json=body)
        assert answer.status_code == status, f"{name} {path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def get(self, name: str, path: str, **query: Any) -> dict[str, Any]:
        with self.api(name) as client:
            answer = client.get(path, params=query)
        assert answer.status_code == 200, f"{name} {path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def mailbox(self, to: str) -> list[dict[str, Any]]:
        """What the mailbox holds for this telephone number or address, oldest first."""
        answer = httpx.get(f"http://127.0.0.1:{self.mailbox_port}/api/messages", params={"to": to}, timeout=10)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def mail(self, number: int) -> EmailMessage:
        """One e-mail of the mailbox, as it came."""
        answer = httpx.get(f"http://127.0.0.1:{self.mailbox_port}/api/messages/{number}/raw", timeout=10)
        answer.raise_for_status()
        return cast(EmailMessage, message_from_bytes(answer.content, policy=default))

    def recorded(self, name: str, event: str) -> list[Any]:
        """Ids of the recorded events of this name, oldest first."""
        with self.runtimes[name].reading() as session:
            query = select(OutboxRow.event_id).where(OutboxRow.type.like(f"org.yizhan.{name}.{event}.v%"))
            return list(session.scalars(query.order_by(OutboxRow.id)))

    def inbox_counts(self, name: str, ids: list[Any]) -> dict[str, int]:
        """How many of these events are in this service's inbox, by status."""
        with self.runtimes[name].reading() as session:
            rows = session.execute(
                select(InboxRow.status, func.count()).where(InboxRow.event_id.in_(ids)).group_by(InboxRow.status)
            )
            return {row.status: row[1] for row in rows}

    def close(self) -> None:
        for runtime in self.runtimes.values():
            runtime.close()


StartSuite = Callable[..., AbstractContextManager[RunningSuite]]


@pytest.fixture(scope="session")
def suite_running(test_databases: Databases) -> StartSuite:
    """A context in which the suite runs, its files in a folder of its own, on a bus that is emptied before.

    A bus where each service has an address of its own is taken as it is.
    """

    @contextmanager
    def running(folder: Path, bus_url: str | Mapping[str, str]) -> Iterator[RunningSuite]:
        if isinstance(bus_url, str):
            emptied(bus_url, [importlib.import_module(f"{name}.service").SERVICE for name in NAMES])
        with ExitStack() as after:
            runner = Processes(folder)
            suite = RunningSuite(folder, test_databases, bus_url, runner)
            for environ in suite.environs.values():
                after.callback(test_databases.drop, environ["DATABASE_URL"])
            after.callback(suite.close)
            after.callback(runner.end)
            suite.start()
            yield suite

    return running


@pytest.fixture
def start_suite(suite_running: StartSuite, bus_url: str, tmp_path: Path) -> Iterator[Callable[..., RunningSuite]]:
    """Starts the suite, on the stack's bus or on another one; it ends with the test."""
    with ExitStack() as running:
        yield lambda other_bus=None: running.enter_context(suite_running(tmp_path, other_bus or bus_url))


@pytest.fixture
def suite(start_suite: Callable[..., RunningSuite]) -> RunningSuite:
    """The whole suite, ready."""
    return start_suite()

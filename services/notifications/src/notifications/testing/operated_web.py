"""The web process as it is operated, and browsers that are signed in there, for tests."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, answers
from shared.testing.web import add_staff, form_fields, sign_in


class OperatedWeb:
    """gunicorn, started by the service's own command. Its address is known before it runs: senders are told it."""

    def __init__(self, runtime: Runtime, environ: dict[str, str], runner: Processes) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._runtime = runtime
        self._environ = environ
        self._runner = runner
        self.process: RunningProcess | None = None

    def start(self) -> RunningProcess:
        command = [str(Path(sys.executable).parent / "notifications"), "web"]
        environ = {**self._environ, "PORT": str(self.port), "PUBLIC_URL": self.url, "LOCAL_ACCOUNTS": "on"}
        self.process = self._runner.start("web", command, environ)
        return self.process

    def is_ready(self) -> bool:
        return answers(f"{self.url}/readyz")

    @contextmanager
    def browser(self, name: str, *grants: Grant) -> Iterator[httpx.Client]:
        """Somebody new with these grants, signed in over HTTP, who reads English."""
        add_staff(self._runtime, name, *grants)
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            sign_in(client, name)  # type: ignore[arg-type]
            yield client

    @staticmethod
    def submit(client: httpx.Client, path: str, **more: str) -> httpx.Response:
        """Send back the form of a page, filled in."""
        return client.post(path, data={**form_fields(client, path), **more})  # type: ignore[arg-type]

"""How the story gets at the services: an API token for each, made on the command line, and a client that uses it."""

import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from suite.layout import Layout

# Makes a token: the service, then the arguments of its command line; gives what it prints.
CommandLine = Callable[[str, tuple[str, ...]], str]


class Unexpected(Exception):
    """A service answered with something that the story cannot go on from."""


class Api:
    """The API of one service, as one of its machines with a token sees it."""

    def __init__(self, service: str, url: str, token: str) -> None:
        self.service = service
        self._client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._read(self._client.get(path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """POST once, whatever happens to the answer: a repetition carries the same idempotency key."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._read(self._client.post(path, json=body or {}, headers=headers))

    def wait(self, path: str, until: Callable[[Any], bool], seconds: float = 120.0, **query: Any) -> Any:
        """What ``path`` says once it is what was waited for, or when the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(path, **query)
            if until(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            request = answer.request
            raise Unexpected(
                f"{self.service}: {request.method} {request.url.path}: {answer.status_code} {answer.text[:400]}"
            )
        return answer.json() if answer.content else None


def local_command_line(layout: Layout) -> CommandLine:
    """The services' command lines on this machine."""

    def run(service: str, arguments: tuple[str, ...]) -> str:
        done = subprocess.run(
            layout.command(service, *arguments),
            env={**layout.environment(), **layout.environment_of(service)},
            cwd=layout.var,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unexpected(f"{service} {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    return run


def api(layout: Layout, command_line: CommandLine, service: str, grant: str) -> Api:
    """A client with a new token that holds ``grant`` for a day."""
    printed = command_line(service, ("token", "add", "--name", "story", "--days", "1", "--grant", grant))
    return Api(service, layout.url(service), printed.split()[-1])

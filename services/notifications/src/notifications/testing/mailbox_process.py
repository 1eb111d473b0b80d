"""The real mailbox in a process of its own, for tests."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


def until(look: Callable[[], T], *, seconds: float = 20.0) -> T:
    """The first true answer of `look`; fails when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {look}")
        time.sleep(0.02)


@dataclass
class Mailbox:
    """A running mailbox. `stop` and `start` keep its data and its ports."""

    folder: Path
    smtp_port: int
    http_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "notifications.mailbox", "--var", str(self.folder)]
        command += ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._is_up)

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200
        except httpx.TransportError:
            assert self.process is not None
            assert self.process.poll() is None
            return False

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=10)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return httpx.get(self.url + path, params=query, trust_env=False)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return httpx.post(self.url + path, trust_env=False, timeout=30, **more)

    def messages(self, **query: Any) -> list[dict[str, Any]]:
        """The kept messages, newest first."""
        return list(self.get("/api/messages", **query).json()["messages"])

    def fault(self, channel: str, kind: str, **more: Any) -> None:
        answer = self.post("/api/faults", json={"channel": channel, "kind": kind, **more})
        assert answer.status_code == 201, answer.text

    def clear(self) -> None:
        for path in ("/api/messages", "/api/faults"):
            assert httpx.delete(self.url + path, trust_env=False).status_code == 204


def a_mail(to: str, subject: str = "通知", text: str = "您好") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "centre@sample.invalid", to, subject
    mail["Message-ID"] = "<one@sample.invalid>"
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p><script>alert(1)</script>", subtype="html")
    return mail

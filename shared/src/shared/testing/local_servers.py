"""A server of our own for tests: a free port, a temporary folder, a process group, and its certain end."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from shared.testing.ports import free_port
from shared.testing.processes import Guard, wait_until

START_TIMEOUT = 90.0
STOP_TIMEOUT = 30.0


class ServerUnavailable(RuntimeError):
    """A server for tests cannot be had here; the text says in one sentence what to install."""


class LocalServer:
    """One server process with its children on 127.0.0.1. Port and data stay the same over a restart.

    It ends with this process, even when this process is killed.
    """

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"yizhan-{self.name}-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self._owner = os.getpid()
        atexit.register(self._at_exit)

    @property
    def url(self) -> str:
        """The address for clients."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """The command line that runs the server in the foreground."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """The environment of that command."""
        return os.environ

    def user(self) -> str | None:
        """Who runs it, where that must not be the current user."""
        return None

    def answers(self) -> bool:
        """Whether a client is served."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start and wait until clients are served; raises RuntimeError with the end of its log when it ends."""
        log = self.folder / "server.log"
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment()),
                cwd=self.folder,
                start_new_session=True,
                user=self.user(),
            )
        self._guard = Guard(self._process.pid, self.folder)

        def ready() -> bool:
            if self._process is None or self._process.poll() is not None:
                end = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} ended while starting: {end}")
            return self.answers()

        try:
            wait_until(ready, START_TIMEOUT, f"{self.name} listening")
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Stop in good order; kill what does not stop in time."""
        if self._process is None:
            return
        self._process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT)
        self.kill()

    def kill(self) -> None:
        """Kill the server and all its children at once (SIGKILL)."""
        if self._process is None:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT)
        self._process = None
        if self._guard is not None:
            self._guard.end()
            self._guard = None
        wait_until(self._refuses, STOP_TIMEOUT, f"{self.name} gone from its port")

    def freeze(self) -> None:
        """Stop it from running while its sockets stay open (SIGSTOP), like a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again after `freeze`."""
        self._signal_all(signal.SIGCONT)

    def restart(self) -> None:
        """Stop in good order and start on the same port and data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self._at_exit)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _signal_all(self, number: signal.Signals) -> None:
        """Also to children that left the group, as each process of PostgreSQL does; parents before their children."""
        if self._process is None:
            return
        self._signal_group(number)
        known = {self._process.pid}
        while found := [child for child, parent in _parents() if parent in known and child not in known]:
            known.update(found)
            for child in found:
                with suppress(ProcessLookupError):
                    os.kill(child, number)

    def _refuses(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def _at_exit(self) -> None:
        # A forked child inherits the registration, not the server.
        if os.getpid() == self._owner:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)


def _parents() -> list[tuple[int, int]]:
    """Every process of this machine with its parent."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [(int(child), int(parent)) for child, parent in map(str.split, listed.splitlines())]

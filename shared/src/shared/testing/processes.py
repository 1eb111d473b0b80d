"""Real processes for tests: started, watched, killed, and ended with the test, whatever happens."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def wait_until(condition: Callable[[], object], seconds: float = 20.0, what: str = "the condition") -> None:
    """Return when the condition holds; AssertionError when it does not within the time."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not hold within {seconds:.0f} s")
        time.sleep(0.02)


class Guard:
    """Kills a process group, and removes its folder, once this process is gone without a word (SIGKILL).

    A process of its own rather than PR_SET_PDEATHSIG: that follows the thread that started the child, and leaves the
    child's own children alone.
    """

    def __init__(self, group: int, folder: Path | None = None) -> None:
        self._process = subprocess.Popen(
            [
                "sh",
                "-c",
                'cat >/dev/null; kill -KILL -"$1"; [ -z "$2" ] || rm -rf "$2"',
                "guard",
                str(group),
                folder or "",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        """The group is ended: nothing is left to guard."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


class RunningProcess:
    """One process; its output goes to a file. Started again under the same name, it writes on into that file."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = list(command)
        self.environ = dict(environ)
        self.log = log
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environ},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._guard = Guard(process.pid)
        return process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the process and its children."""
        self._signal(signal.SIGKILL)
        self._process.wait(10)

    def terminate(self, seconds: float = 10.0) -> int:
        """SIGTERM, and its exit code; subprocess.TimeoutExpired when it does not end in time."""
        if self.running:
            os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(seconds)

    def wait(self, seconds: float = 20.0) -> int:
        """Its exit code when it ended by itself; negative for a signal."""
        return self._process.wait(seconds)

    def restart(self, **environ: str) -> None:
        """Start it again, with more or other environment."""
        self.end()
        self.environ.update(environ)
        self._process = self._start()

    def end(self) -> None:
        """Whatever is left of it is killed, its children too; nobody outlives a test."""
        self.kill()
        self._guard.end()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


class Processes:
    """All processes of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[RunningProcess] = []

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> RunningProcess:
        process = RunningProcess(name, command, environ, self.folder / f"{name}.log")
        self.started.append(process)
        return process

    def python(self, name: str, *arguments: str, environ: Mapping[str, str]) -> RunningProcess:
        """A process of this interpreter."""
        return self.start(name, [sys.executable, *arguments], environ)

    def end(self) -> None:
        for process in self.started:
            process.end()


@contextmanager
def processes(folder: Path) -> Iterator[Processes]:
    held = Processes(folder)
    try:
        yield held
    finally:
        held.end()


def answers(url: str) -> bool:
    """Whether a GET of this address gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

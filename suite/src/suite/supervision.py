"""Starting, asking and stopping the keeper of the suite's processes."""

import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from suite.layout import Layout, Program

# A process has this long to end by itself before it is killed; the whole suite has ten seconds.
STOP_SECONDS = 8


@dataclass(frozen=True)
class Process:
    """One supervised process as the keeper sees it. ``state`` is supervisord's own word, such as RUNNING."""

    name: str
    pid: int
    state: str
    running_seconds: int


class _Connection(http.client.HTTPConnection):
    """HTTP over the keeper's control socket."""

    def __init__(self, path: str) -> None:
        super().__init__("127.0.0.1", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """As the base class does it: what is remembered here is closed with the proxy."""
        connection = _Connection(self._path)
        self._connection = (host, connection)
        return connection


class Keeper:
    """Asks a running keeper through its control socket. OSError when there is none."""

    def __init__(self, path: str) -> None:
        self._path = path

    def processes(self) -> list[Process]:
        with xmlrpc.client.ServerProxy("http://127.0.0.1", _Transport(self._path)) as server:
            rows = cast("list[dict[str, Any]]", server.supervisor.getAllProcessInfo())
        return [
            Process(row["name"], row["pid"], row["statename"], row["now"] - row["start"] if row["pid"] else 0)
            for row in rows
        ]

    def process(self, name: str) -> Process:
        return next(process for process in self.processes() if process.name == name)


def control_socket(layout: Layout) -> str:
    """A short path, since a socket's path may have no more than about a hundred characters."""
    digest = hashlib.sha256(str(layout.var).encode()).hexdigest()[:12]
    return str(Path(tempfile.gettempdir()) / f"yizhan-{os.getuid()}-{digest}.sock")


def write_configuration(layout: Layout, programs: Sequence[Program]) -> Path:
    """supervisord's configuration below var/run; every process in ONE group, so that all are stopped at once."""

    def escaped(text: str) -> str:
        return text.replace("%", "%%")

    def variables(program: Program) -> str:
        return ",".join(f'{name}="{escaped(value)}"' for name, value in program.environment.items())

    lines = [
        "[supervisord]",
        "nodaemon = true",
        "nocleanup = true",
        "silent = true",
        "minfds = 512",
        f"logfile = {escaped(str(layout.log_folder / 'supervisor.log'))}",
        "logfile_maxbytes = 1MB",
        "logfile_backups = 2",
        f"pidfile = {escaped(str(layout.run_folder / 'supervisor.pid'))}",
        "[unix_http_server]",
        f"file = {control_socket(layout)}",
        "chmod = 0600",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
        "[group:suite]",
        f"programs = {','.join(program.name for program in programs)}",
    ]
    for program in programs:
        lines += [
            f"[program:{program.name}]",
            f"command = {escaped(' '.join(_quoted(part) for part in program.command))}",
            f"environment = {variables(program)}",
            "autorestart = true",
            "startsecs = 2",
            "startretries = 1000000",
            f"stopwaitsecs = {STOP_SECONDS}",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {escaped(str(layout.log_folder / program.name))}.log",
            "stdout_logfile_maxbytes = 5MB",
            "stdout_logfile_backups = 2",
        ]
    path = layout.run_folder / "supervisor.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def _quoted(part: str) -> str:
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Suite:
    """The running suite of one ``var`` folder: a lock that says so, and the keeper that this process started."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._lock: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def take_lock(self, patience: float = 12.0) -> bool:
        """Whether this process may start the suite. Waits for one that is just stopping after its runner was killed."""
        self.layout.run_folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.layout.run_folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                runner = _record(self.layout)
                if (runner is not None and _alive(runner["pid"])) or time.monotonic() > deadline:
                    os.close(descriptor)
                    return False
                time.sleep(0.2)
            else:
                self._lock = descriptor
                record = {"pid": os.getpid(), "offset": self.layout.offset, "bus_url": self.layout.bus_url}
                (self.layout.run_folder / "suite.json").write_text(json.dumps(record))
                return True

    def start(self, programs: Sequence[Program]) -> None:
        """Start the keeper, which starts the programs. It holds the lock, too: the suite runs while the keeper does."""
        assert self._lock is not None, "take the lock first"
        configuration = write_configuration(self.layout, programs)
        output = open(self.layout.log_folder / "keeper.log", "ab")  # noqa: SIM115 - the child goes on writing to it
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "suite.keeper", str(os.getpid()), "-c", str(configuration)],
            env=self.layout.environment(),
            cwd=self.layout.var,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(self._lock,),
            start_new_session=True,
        )
        output.close()

    @property
    def started(self) -> bool:
        return self._keeper is not None

    @property
    def keeper_ended(self) -> bool:
        return self._keeper is None or self._keeper.poll() is not None

    def stop(self, patience: float = 9.5) -> None:
        """Stop everything: asked politely, and after ``patience`` seconds killed."""
        keeper = self._keeper
        if keeper is not None and keeper.poll() is None:
            groups = self._groups()
            keeper.send_signal(signal.SIGTERM)
            try:
                keeper.wait(patience)
            except subprocess.TimeoutExpired:
                for group in groups:
                    _kill_group(group)
                keeper.kill()
                keeper.wait()
        (self.layout.run_folder / "suite.json").unlink(missing_ok=True)

    def _groups(self) -> list[int]:
        try:
            return [process.pid for process in Keeper(control_socket(self.layout)).processes() if process.pid]
        except (OSError, xmlrpc.client.Error):
            return []


def running(layout: Layout) -> dict[str, Any] | None:
    """What the running suite's runner wrote down about itself (pid, offset, bus_url); None when nothing runs."""
    try:
        descriptor = os.open(layout.run_folder / "lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _record(layout)
    else:
        return None
    finally:
        os.close(descriptor)


def _record(layout: Layout) -> dict[str, Any] | None:
    try:
        return cast("dict[str, Any]", json.loads((layout.run_folder / "suite.json").read_text()))
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return

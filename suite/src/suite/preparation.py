"""What must be so before the suite is of use: free ports, migrated databases, answering services, sample data."""

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from suite.keeper import stop_with_parent
from suite.layout import MADE_IN_VAR, SAMPLE_ORDER, SERVICES, Layout
from suite.screen import say

READY_SECONDS = 180.0
# After so long without anything becoming ready, say what is being waited for.
QUIET_SECONDS = 10.0


class CannotStart(Exception):
    """The suite cannot start. The message is one sentence for the person at the terminal."""


def remove_data(layout: Layout) -> None:
    """Remove what earlier runs made below ``var``, and nothing that anybody else put there."""
    for name in MADE_IN_VAR:
        path = layout.var / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def check_ports(layout: Layout) -> None:
    """CannotStart when something else listens on a port of the suite."""
    for name, port in layout.ports().items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as problem:
                raise CannotStart(
                    f"Port {port}, which {name} needs, is taken ({problem.strerror}): stop what listens there, or move "
                    f"every port of the suite with YIZHAN_PORT_OFFSET=1000 ./run"
                ) from problem


def migrate(layout: Layout) -> None:
    """Bring the five databases to the schema of this code, all at once."""
    started = time.monotonic()
    running = {service: _start(layout, service, "migrate") for service in SERVICES}
    try:
        for service, (process, log) in running.items():
            if process.wait() != 0:
                raise CannotStart(_failure(f"The database of {service} could not be migrated", log))
    finally:
        _stop(process for process, _ in running.values())
    say(f"  databases migrated ({time.monotonic() - started:.1f} s)")


def load_sample(layout: Layout) -> None:
    """Load the centre's sample data through the services' own commands, once for a ``var`` folder."""
    marker = layout.var / "sample-loaded"
    if marker.exists():
        return
    for service in SAMPLE_ORDER:
        started = time.monotonic()
        process, log = _start(layout, service, "sample")
        try:
            if process.wait() != 0:
                raise CannotStart(_failure(f"The sample data of {service} could not be loaded", log))
        finally:
            _stop([process])
        say(f"  sample data of {service} loaded ({time.monotonic() - started:.1f} s)")
    marker.touch()


def wait_until_ready(layout: Layout, keeper_ended: Callable[[], bool]) -> None:
    """Until /readyz of all five is 200 and the mailbox listens. CannotStart when for too long nothing becomes ready."""
    started = last_ready = last_said = time.monotonic()
    waiting = [*SERVICES, "mailbox"]
    while waiting:
        for name in list(waiting):
            url = f"{layout.mailbox_url}/healthz" if name == "mailbox" else f"{layout.url(name)}/readyz"
            if answers(url):
                waiting.remove(name)
                last_ready = last_said = time.monotonic()
                say(f"  {name} is ready ({last_ready - started:.1f} s)")
        if keeper_ended():
            raise CannotStart(_failure("The process runner ended", layout.log_folder / "keeper.log"))
        if waiting and time.monotonic() - last_ready > READY_SECONDS:
            process = waiting[0] if waiting[0] == "mailbox" else f"{waiting[0]}-web"
            log = layout.log_folder / f"{process}.log"
            raise CannotStart(_failure(f"{waiting[0]} was not ready after {READY_SECONDS:.0f} s", log))
        if waiting and time.monotonic() - last_said > QUIET_SECONDS:
            last_said = time.monotonic()
            say(f"  waiting for {', '.join(waiting)}; what they say is in {layout.log_folder}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _start(layout: Layout, service: str, *arguments: str) -> tuple["subprocess.Popen[bytes]", Path]:
    log = layout.log_folder / f"{service}-{arguments[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            layout.command(service, *arguments),
            env={**layout.environment(), **layout.environment_of(service)},
            cwd=layout.var,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=stop_with_parent,
            start_new_session=True,
        )
    return process, log


def _stop(processes: Iterable["subprocess.Popen[bytes]"]) -> None:
    """End what still runs because this process was told to stop, or because a sibling failed."""
    left = [process for process in processes if process.poll() is None]
    for process in left:
        process.terminate()
    for process in left:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _failure(sentence: str, log: Path) -> str:
    tail = log.read_text(errors="replace").splitlines()[-12:] if log.exists() else []
    return "\n".join([f"{sentence}; the end of {log}:", *(f"    {line[:160]}" for line in tail)])

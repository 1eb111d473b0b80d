"""The keeper restarts what dies, stops everything, and leaves no orphan, whoever is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest

from suite.layout import Layout, Program
from suite.supervision import Keeper, Process, Suite, control_socket, running

PATIENT = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
PROGRAMS = [Program(name, (sys.executable, "-c", PATIENT), {"NAME": "50 %, and more"}) for name in ("one", "two")]


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)


def processes(layout: Layout) -> list[Process]:
    try:
        return [process for process in Keeper(control_socket(layout)).processes() if process.pid]
    except OSError:
        return []


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_a_killed_process_is_started_again(layout: Layout) -> None:
    suite = Suite(layout)
    assert suite.take_lock()
    suite.start(PROGRAMS)
    try:
        until(lambda: len(processes(layout)) == 2)
        first = Keeper(control_socket(layout)).process("one").pid
        os.kill(first, signal.SIGKILL)
        until(lambda: len({process.pid for process in processes(layout)} - {first}) == 2)
        assert not alive(first)
    finally:
        suite.stop()
    assert suite.keeper_ended
    assert running(layout) is None


def test_a_second_runner_is_refused_while_the_first_one_lives(layout: Layout) -> None:
    first, second = Suite(layout), Suite(layout)
    assert first.take_lock()
    assert not second.take_lock()
    assert running(layout) == {"pid": os.getpid(), "offset": layout.offset, "bus_url": "spool:///nowhere"}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel signals a parent's death on Linux only")
@pytest.mark.parametrize("victim", ["runner", "keeper"])
def test_no_process_outlives_a_killed(layout: Layout, victim: str) -> None:
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from suite.layout import Layout, Program
        from suite.supervision import Suite
        suite = Suite(Layout(Path({str(layout.var)!r}), {layout.offset}, "spool:///nowhere"))
        assert suite.take_lock()
        suite.start([Program(name, (sys.executable, "-c", {PATIENT!r}), {{}}) for name in ("one", "two")])
        time.sleep(600)
    """)
    runner = subprocess.Popen([sys.executable, "-c", script])
    try:
        until(lambda: len(processes(layout)) == 2)
        pids = [process.pid for process in processes(layout)]
        keeper = int((layout.run_folder / "supervisor.pid").read_text())
        os.kill(runner.pid if victim == "runner" else keeper, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in (*pids, keeper)))
    finally:
        runner.kill()
        runner.wait()

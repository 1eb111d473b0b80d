"""The whole suite as a newcomer starts it, in a folder and on ports of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.testing.servers import local_rabbitmq
from suite.layout import ROOT, Layout
from suite.supervision import Keeper, control_socket

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def environment(tmp_path: Path, offset: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name != "BUS_URL"},
        "YIZHAN_VAR": str(tmp_path / "var"),
        "YIZHAN_PORT_OFFSET": str(offset),
    }


def run(*arguments: str, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "suite.run", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("bus", ["spool", "rabbitmq"])
def test_the_story_holds(bus: str, environment: dict[str, str], request: pytest.FixtureRequest) -> None:
    if bus == "rabbitmq":
        # A node of its own: on another suite's broker the two would read each other's queues.
        with local_rabbitmq() as node:
            printed, status = told({**environment, "BUS_URL": node.url})
    else:
        printed, status = told(environment)
    assert status == 0, printed


def told(environment: dict[str, str]) -> tuple[str, int]:
    with run("story", environment=environment) as process:
        try:
            printed, _ = process.communicate(timeout=500)
        except subprocess.TimeoutExpired:
            process.terminate()
            printed, _ = process.communicate(timeout=30)
        return printed, process.returncode


def test_it_starts_twice_on_the_same_data_and_stops_within_ten_seconds(environment: dict[str, str]) -> None:
    for _ in range(2):
        process = run(environment=environment)
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C" in line:
                break
        assert "Ctrl-C" in "".join(printed[-1:]), "".join(printed)
        started = [one.pid for one in Keeper(control_socket(Layout.from_environment(environment))).processes()]
        assert len(started) == 11
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
        assert process.returncode == 0
        assert time.monotonic() - asked < 10

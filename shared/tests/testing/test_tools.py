"""The tools of the tests leave nothing behind, whatever becomes of the tests."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing.containers import has_image
from shared.testing.processes import wait_until

STARTS_AND_WAITS = """
import sys
from pathlib import Path
from shared.testing.processes import Processes

with_child = ["sh", "-c", "sleep 600 & echo $$ $!; wait"]
folder = Path(sys.argv[1])
Processes(folder).start("child", with_child, {})
(folder / "started").touch()  # from here on it is guarded
sys.stdin.read()
"""


def alive(pid: int) -> bool:
    """Whether it runs; a dead one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_and_their_children_end_with_a_test_run_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS_AND_WAITS, str(tmp_path)], stdin=subprocess.PIPE) as run:
        log = tmp_path / "child.log"
        wait_until(lambda: log.exists() and log.read_text().endswith("\n"), 60, "the child running")
        wait_until((tmp_path / "started").exists, 60, "the child guarded")
        pids = [int(pid) for pid in log.read_text().split()]
        assert all(map(alive, pids))
        os.kill(run.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)), 20, "no child left")


def test_asking_for_a_container_engine_that_is_not_there_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    assert not has_image("no-such-image")
    gc.collect()
    assert [str(each.message) for each in recwarn if each.category is ResourceWarning] == []

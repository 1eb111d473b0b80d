"""How the story kills a process: with SIGKILL, by the process id that the runner knows."""

import os
import signal
import subprocess
from collections.abc import Callable

from suite.layout import Layout
from suite.supervision import Keeper, control_socket

VICTIM = "notifications-worker"
# Kills, sees to it that the process comes again, and says in half a sentence what it did.
Kill = Callable[[], str]


def kill_supervised(layout: Layout) -> Kill:
    """SIGKILL to the notification worker; the keeper starts it again."""

    def kill() -> str:
        process = Keeper(control_socket(layout)).process(VICTIM)
        os.kill(process.pid, signal.SIGKILL)
        return f"kill -9 hits {VICTIM} (process {process.pid}), and the runner starts it again."

    return kill


def kill_container(name: str) -> Kill:
    """SIGKILL to the container of the notification worker, which is then started again."""

    def kill() -> str:
        for verb in ("kill", "start"):
            subprocess.run(["docker", verb, name], check=True, capture_output=True)
        return f"docker kill hits the container {name}, and it is started again."

    return kill

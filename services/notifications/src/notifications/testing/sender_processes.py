"""Real sender processes, to be killed, for tests."""

import os
import signal
import subprocess
import sys

from shared.testing.ports import free_port


class Senders:
    """Real worker processes, with the timers role only unless other roles are asked for."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, roles: str = "timers", **more: str) -> subprocess.Popen[bytes]:
        """`roles` are separated by commas; "all" is a worker as it is operated. `more` is added to the environment."""
        environ = {**os.environ, **self.environ, "WORKER_PORT": str(free_port()), **more}
        command = [sys.executable, "-c", "from notifications.cli import main; main()", "worker"]
        command += [] if roles == "all" else ["--roles", roles]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(process)
        return process

    def kill(self) -> None:
        """SIGKILL the oldest one that still runs."""
        process = next(process for process in self.running if process.poll() is None)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            process.wait(timeout=30)

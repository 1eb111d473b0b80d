"""Real sender processes, to be killed, for tests."""

import os
import signal
import subprocess
import sys

from shared.testing.ports import free_port


class Senders:
    """Real worker processes with the timers role only."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, **self._environ, "WORKER_PORT": str(free_port()), **more}
        command = [sys.executable, "-c", "from notifications.cli import main; main()", "worker", "--roles", "timers"]
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

"""A consumer in a process of its own, to be killed: `python -m shared.testing.bus_consumer URL QUEUE [hold]`.

It prints one JSON line for each message that it has in hands. With `hold` it never lets go of the first batch, so
that whoever kills it kills it between effect and acknowledgement.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from queue import Empty, Queue
from typing import IO, Self

from shared.bus import ReceivedMessage, connect

LINE_TIMEOUT = 20.0


def main(bus_url: str, queue: str, hold: bool) -> None:
    """Receive until killed."""
    stop = threading.Event()

    def on_batch(batch: list[ReceivedMessage]) -> None:
        for message in batch:
            print(json.dumps({"body": message.body.decode(), "redelivered": message.redelivered}), flush=True)
        if hold:
            threading.Event().wait()

    print(json.dumps({"ready": True}), flush=True)
    connect(bus_url).receiver([queue]).run(stop, on_batch)


class ConsumerProcess:
    """That process, as a test sees it."""

    def __init__(self, bus_url: str, queue: str, hold: bool = False) -> None:
        command = [sys.executable, "-m", "shared.testing.bus_consumer", bus_url, queue, *(["hold"] if hold else [])]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._lines: Queue[dict[str, object]] = Queue()
        self._reader = threading.Thread(target=self._read, args=(self._output,), daemon=True)
        self._reader.start()
        self._lines.get(timeout=LINE_TIMEOUT)

    def next_body(self) -> str:
        """Wait for the next message that the process has in hands; raises TimeoutError."""
        try:
            return str(self._lines.get(timeout=LINE_TIMEOUT)["body"])
        except Empty:
            raise TimeoutError("the consumer process received nothing") from None

    def bodies(self, count: int) -> list[str]:
        """Wait for the next `count` messages."""
        return [self.next_body() for _ in range(count)]

    @property
    def idle(self) -> bool:
        """Whether it has received nothing that was not asked for yet."""
        return self._lines.empty()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._process.poll() is None:
            self.kill()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(json.loads(line))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "hold" in sys.argv[3:])

"""The process that keeps the others alive: supervisord, tied to the life of whoever started it.

``python -m suite.keeper -c <file>`` is supervisord in the foreground with two additions. It stops everything when
its own parent dies, and each process that it starts is told by the kernel to stop when the keeper dies: even a
SIGKILL in the middle leaves no orphan. Where the kernel has no such signal (macOS) the keeper watches its parent,
and processes outlive only a SIGKILL of the keeper itself.
"""

import ctypes
import os
import signal
import sys
import threading
import time

from supervisor.options import ServerOptions
from supervisor.supervisord import go

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def stop_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies. Kept across exec; does nothing off Linux."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


class TiedOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's options, whose children stop with it."""

    def setpgrp(self) -> None:
        """Called by supervisord in each child between fork and exec."""
        super().setpgrp()
        stop_with_parent()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str], parent: int) -> None:
    """Run until SIGTERM. ``parent`` is the process that started this one: gone already means stop at once."""
    stop_with_parent()
    if os.getppid() != parent:
        return
    if _libc is None:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    options = TiedOptions()
    options.realize(arguments, doc=__doc__)
    options.first = True
    options.test = False
    go(options)


if __name__ == "__main__":
    main(sys.argv[2:], int(sys.argv[1]))

"""Named points at which a process can be made to die, so that the tests can show that nothing is lost there.

``YIZHAN_FAULT=<point>@<file>`` makes the first process that reaches the point kill itself with SIGKILL; the file,
which is written first, keeps it from happening twice. Production refuses to start with it.
"""

import contextvars
import os
import signal

VARIABLE = "YIZHAN_FAULT"
acting: contextvars.ContextVar[str] = contextvars.ContextVar("acting", default="command")
"""Who commits here: ``web`` and ``timers`` have points of their own around each commit that records an event."""
POINTS = (
    "web.before-commit",
    "web.after-commit",
    "relay.before-publish",
    "relay.after-publish",
    "relay.after-mark",
    "receive.before-commit",
    "receive.after-commit",
    "process.before-commit",
    "process.after-commit",
    "snapshots.before-commit",
    "snapshots.after-commit",
    "timers.before-run",
    "timers.before-commit",
    "timers.after-commit",
    "timers.after-run",
    "remind.before-commit",
    "remind.after-commit",
    "digest.before-commit",
    "digest.after-commit",
    "send.before-send",
    "send.after-send",
)


def reach(point: str) -> None:
    """Die here when the environment says so; otherwise do nothing."""
    armed = os.environ.get(VARIABLE)
    if armed and armed.startswith(f"{point}@"):
        try:
            descriptor = os.open(armed.partition("@")[2], os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return
        os.close(descriptor)
        os.kill(os.getpid(), signal.SIGKILL)


def refuse_in_production(production: bool) -> None:
    """RuntimeError when a fault is armed in production, ValueError when the point has no such name."""
    armed = os.environ.get(VARIABLE)
    if not armed:
        return
    if production:
        raise RuntimeError(f"{VARIABLE} is set: production does not start with it")
    if armed.partition("@")[0] not in POINTS:
        raise ValueError(f"{VARIABLE} names no fault point; there are: {', '.join(POINTS)}")

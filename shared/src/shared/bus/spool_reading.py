"""Reading a queue of the spool: one reader at a time, in order, and nothing lost with a reader that dies."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time_ns

from shared.bus.spool import Spool

AGAIN = ",again"
"""Ends the name of a message that was taken before and came back; it sorts where it was."""

SETTLED = 100_000_000
"""Nanoseconds. A folder that changed just now may change once more within the same tick of its time stamp."""

RETRY_LOCK = 0.25
"""Seconds between a waiting reader's looks whether the queue is free."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this reader has taken: its file in `claimed/`."""

    name: str
    content: bytes

    @property
    def redelivered(self) -> bool:
        """Whether some reader had it before."""
        return self.name.endswith(AGAIN)


class SpoolReader:
    """Reads one queue. While another reader holds it, it finds nothing, and takes over when that one is gone."""

    def __init__(self, spool: Spool, queue: str) -> None:
        self._spool = spool
        self._queue = queue
        folder = spool.queue_folder(queue)
        self._new = folder / "new"
        self._claimed = folder / "claimed"
        self._lock_path = folder / "reader.lock"
        self._lock: int | None = None
        self._try_again = 0.0
        self._listed: deque[str] = deque()
        self._unchanged_since: int | None = None

    def claim(self, most: int) -> list[Claim]:
        """Take up to `most` of the oldest waiting messages."""
        if not self._hold():
            return []
        if not self._listed:
            self._list()
        claims: list[Claim] = []
        while self._listed and len(claims) < most:
            name = self._listed.popleft()
            # Somebody may empty a queue by hand.
            with suppress(FileNotFoundError):
                (self._new / name).rename(self._claimed / name)
                claims.append(Claim(name, (self._claimed / name).read_bytes()))
        return claims

    def acknowledge(self, claim: Claim) -> None:
        """Remove a message for good."""
        with suppress(FileNotFoundError):
            (self._claimed / claim.name).unlink()

    def give_back(self, name: str) -> None:
        """Put a claimed message back to its old place."""
        returned = name if name.endswith(AGAIN) else name + AGAIN
        with suppress(FileNotFoundError):
            (self._claimed / name).rename(self._new / returned)
        self._listed.clear()
        self._unchanged_since = None

    def close(self) -> None:
        """Let the next reader in. What is still claimed goes back."""
        if self._lock is not None:
            self._return_claims()
            os.close(self._lock)
            self._lock = None

    def _hold(self) -> bool:
        if self._lock is not None:
            return True
        if monotonic() < self._try_again:
            return False
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            self._try_again = monotonic() + RETRY_LOCK
            return False
        self._lock = descriptor
        # Whoever held the queue before and did not return its claims is dead: nobody else may hold any.
        self._return_claims()
        return True

    def _return_claims(self) -> None:
        for path in self._claimed.iterdir():
            self.give_back(path.name)

    def _list(self) -> None:
        changed = self._new.stat().st_mtime_ns
        if changed == self._unchanged_since:
            return
        if not self._spool.has_queue(self._queue):
            raise FileNotFoundError(f"queue {self._queue} was removed")
        with self._spool.order_lock(self._queue):
            self._listed = deque(sorted(os.listdir(self._new)))
        self._unchanged_since = changed if time_ns() - changed > SETTLED and not self._listed else None


def waiting(folder: Path) -> int:
    """Count the messages that wait in a queue's folder."""
    return len(os.listdir(folder / "new"))

"""The bus of one machine without a broker: messages as files in folders, maildir style.

    <root>/bindings.json            exchanges, queues and bindings; replaced whole, under bindings.lock
    <root>/aside/                   files that are being written
    <root>/queues/<queue>/new/      waiting messages; their names sort in the order in which they came
    <root>/queues/<queue>/claimed/  what the reader that holds reader.lock has taken and not acknowledged
    <root>/queues/<queue>/declared  there since its reader declared it
    <root>/queues/<queue>/order.lock  held while a message gets its name, and while names are listed

Nothing here ever shows half a message: a file is written and synced aside and then linked into its queues.
Locks are flock: they end with the process that holds them, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.bus.spool_routes import Routes, checked_name

LEFTOVER_AGE = 3600
"""Seconds after which a file aside belongs to a process that died while writing it."""


class Spool:
    """A folder with exchanges, queues and their messages, shared by any number of processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._aside = root / "aside"
        self._aside.mkdir(parents=True, exist_ok=True)
        self.routes = Routes(root)
        self._order_locks: dict[str, int] = {}
        self._unsynced: set[Path] = set()
        self._remove_leftovers()

    def declare_queue(self, queue: str) -> None:
        """Make a queue; nothing happens when it exists."""
        self._make_folders(queue)
        (self.queue_folder(queue) / "declared").touch()
        self._sync(self.queue_folder(queue))

    def has_queue(self, queue: str) -> bool:
        """Tell whether a queue was declared, and not removed by hand since then."""
        return (self.queue_folder(queue) / "declared").exists()

    def queue_folder(self, queue: str) -> Path:
        """Where a queue's messages are."""
        return self.root / "queues" / checked_name(queue)

    def put(self, queues: Iterable[str], content: bytes) -> None:
        """Append one message to each of the queues. Safe against a crash only after `sync_queues`.

        Raises OSError, with nothing visible in the queue at which it failed, when the disk is full.
        """
        written = self._write_aside(content)
        try:
            for queue in queues:
                self._put_into(queue, written)
        finally:
            with suppress(FileNotFoundError):
                written.unlink()

    def sync_queues(self) -> None:
        """Make everything that was put so far survive a power cut."""
        for folder in self._unsynced:
            self._sync(folder)
        self._unsynced.clear()

    @contextmanager
    def order_lock(self, queue: str) -> Iterator[int]:
        """Hold a queue's naming lock.

        A folder that is listed while files are added may show a later file without the earlier one, so that
        names are given and listed under the same lock.
        """
        descriptor = self._order_locks.get(queue)
        if descriptor is None:
            path = self.queue_folder(queue) / "order.lock"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._order_locks[queue] = descriptor
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of open files."""
        for descriptor in self._order_locks.values():
            os.close(descriptor)
        self._order_locks.clear()

    def _write_aside(self, content: bytes) -> Path:
        path = self._aside / uuid.uuid4().hex
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
        except OSError:
            path.unlink()
            raise
        return path

    def _put_into(self, queue: str, written: Path) -> None:
        try:
            self._link(written, queue)
        except FileNotFoundError:
            # Bound, but its folder was removed by hand: the binding is the promise. Its reader has to declare it
            # again, by which it learns that something was lost.
            stale = self._order_locks.pop(queue, None)
            if stale is not None:
                os.close(stale)
            self._make_folders(queue)
            self._link(written, queue)

    def _link(self, written: Path, queue: str) -> None:
        folder = self.queue_folder(queue) / "new"
        with self.order_lock(queue) as lock:
            # The time, but never back: a clock set back must not put new messages before old ones.
            last = int(os.pread(lock, 20, 0) or 0)
            while True:
                last = max(last + 1, time.time_ns())
                try:
                    os.link(written, folder / f"{last:020d}")
                    break
                except OSError as error:
                    if error.errno != errno.EEXIST:
                        raise
            os.pwrite(lock, f"{last:020d}".encode(), 0)
        self._unsynced.add(folder)

    def _make_folders(self, queue: str) -> None:
        for folder in ("new", "claimed"):
            (self.queue_folder(queue) / folder).mkdir(parents=True, exist_ok=True)
        self._sync(self.root / "queues")

    def _sync(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _remove_leftovers(self) -> None:
        for path in self._aside.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > LEFTOVER_AGE:
                    path.unlink()

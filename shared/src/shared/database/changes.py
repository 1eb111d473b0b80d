"""Noticing that somebody else committed something, cheaply enough to look many times a second."""

import sqlite3
import threading
import time

from shared.database.engine import Database

_LOOK_SECONDS = 0.02
_SQLITE_SECONDS = 1.0
_POLL_SECONDS = 0.1


class ChangeWatch:
    """Waits for a commit of any process. One watch for each thread.

    SQLite counts the commits of other connections (``PRAGMA data_version``): asking takes microseconds. On PostgreSQL
    the wait is just short; its NOTIFY would make all commits of a busy database queue for one lock.
    """

    def __init__(self, database: Database) -> None:
        self._connection: sqlite3.Connection | None = None
        if database.dialect == "sqlite" and database.url.database:
            self._connection = sqlite3.connect(database.url.database, isolation_level=None)
        self._seen = self._version()

    def mark(self) -> None:
        """What is committed from now on counts as new. To be called before looking for work."""
        self._seen = self._version()

    def wait(self, woken: threading.Event) -> None:
        """Return after a commit since the mark, when woken by this process, or after a while; clears the event."""
        if self._connection is None:
            woken.wait(_POLL_SECONDS)
        else:
            deadline = time.monotonic() + _SQLITE_SECONDS
            while not woken.wait(_LOOK_SECONDS) and time.monotonic() < deadline:
                if self._version() != self._seen:
                    break
        woken.clear()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _version(self) -> int:
        if self._connection is None:
            return 0
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

"""Noticing that somebody else committed something, cheaply enough to look many times a second."""

import sqlite3
import threading
import time
from contextlib import closing
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from shared.database.engine import Database

SHORTEST_LOOK_SECONDS = 0.005
LONGEST_LOOK_SECONDS = 0.04
"""Between two looks: short when there was work just now, twice as long after each look that found nothing new."""

PASS_SECONDS = 1.0
"""After this long whoever waits looks for work anyway: what becomes due by time alone is no commit."""


class _Version(Protocol):
    """Something that changes with every commit of another connection."""

    def read(self) -> object: ...

    def is_worth_a_look(self, work: str) -> bool:
        """Whether the question has a yes for an answer; asked after a change."""
        ...

    def close(self) -> None: ...


class _SqliteVersion:
    """SQLite counts the commits of other connections."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def read(self) -> object:
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def is_worth_a_look(self, work: str) -> bool:
        """Its commits are those of our own database: looking costs no more than asking."""
        return True

    def close(self) -> None:
        self._connection.close()


class _PostgresVersion:
    """PostgreSQL's snapshot changes when a transaction that wrote ends, in any database of the server.

    Reading it takes no lock and assigns no transaction id. NOTIFY would make every commit of the server queue for one
    lock.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._errors: tuple[type[Exception], ...] = (SQLAlchemyError, database.engine.dialect.loaded_dbapi.Error)
        self._connection: Connection | None = None

    def read(self) -> object:
        """While the database is away something new each time: whoever waits looks for work, and meets the error."""
        return self._ask("SELECT pg_current_snapshot()::text") or object()

    def is_worth_a_look(self, work: str) -> bool:
        """The commits are those of all databases of the server: one question spares a round of several statements."""
        return self._ask(work) != (False,)

    def _ask(self, question: str) -> object:
        """The first row, or None while the database is away."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            # Past SQLAlchemy, whose statements cost several times as much as this one.
            with closing(self._connection.connection.cursor()) as cursor:
                cursor.execute(question)
                return cursor.fetchone()
        except self._errors:
            self._drop()
            return None

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


class ChangeWatch:
    """Waits for a commit of any process, also of this one. One watch for each thread.

    ``mark`` before looking for work, ``wait`` when there was none. ``work`` is a question in SQL, ``SELECT EXISTS``,
    to which the answer is yes whenever a commit may have brought work.
    """

    def __init__(self, database: Database, work: str) -> None:
        self._work = work
        self._version: _Version
        if database.dialect == "postgresql":
            self._version = _PostgresVersion(database)
        else:
            self._version = _SqliteVersion(database.url.database or "")
        self._seen: object = None
        self._look = SHORTEST_LOOK_SECONDS
        self._waited = False

    def mark(self) -> None:
        """What is committed from now on counts as new. To be called before looking for work."""
        if not self._waited:
            # Nobody waits after having found work: there may well be more soon.
            self._look = SHORTEST_LOOK_SECONDS
        self._waited = False
        self._seen = self._version.read()

    def wait(self, woken: threading.Event) -> None:
        """Return after a commit since the mark, when woken by this process, or after a second; clears the event."""
        self._waited = True
        deadline = time.monotonic() + PASS_SECONDS
        while not woken.wait(self._look) and time.monotonic() < deadline:
            # Also when something is new, which may not be for us: the neighbours' commits must not keep us busy.
            self._look = min(self._look * 2, LONGEST_LOOK_SECONDS)
            version = self._version.read()
            if version != self._seen:
                if self._version.is_worth_a_look(self._work):
                    break
                self._seen = version
        woken.clear()

    def close(self) -> None:
        self._version.close()

"""Engines with the settings that make PostgreSQL and SQLite keep the same promises.

A :class:`Database` gives two kinds of transaction: writing, which on SQLite takes the writer's lock at its
start (a transaction that upgrades from reading to writing later fails or loses updates), and reading, which
never waits for writers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_SECONDS = 20


def new_metadata() -> MetaData:
    """Metadata with a naming convention, so that each constraint can be named in migrations and errors."""
    return MetaData(naming_convention=_NAMES)


def dialect_of(session: Session) -> str:
    """``postgresql`` or ``sqlite``."""
    return session.get_bind().dialect.name


def insert_on(dialect: str) -> Any:
    """The engine's own ``insert``, which has ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


class Database:
    """One service's database. Safe to share between threads; make it after a fork, not before."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        if self.dialect == "sqlite":
            self.engine = _sqlite_engine(str(url), self.url.database, pool_size)
        elif self.dialect == "postgresql":
            self.engine = sqlalchemy_engine(
                url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"connect_timeout": 5, "application_name": "yizhan"},
            )
        else:
            raise ValueError(f"neither PostgreSQL nor SQLite: {self.dialect}")
        self._reading: Engine = self.engine.execution_options(yizhan_reading=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when left in peace and rolls back on an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries only; it is rolled back at its end."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str, path: str | None, pool_size: int) -> Engine:
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size * 2,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}",
            "cache_size = -8000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("yizhan_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def violated(error: IntegrityError) -> str | None:
    """The name of the constraint that refused, on both engines.

    SQLite names check constraints and a trigger's message, and columns for unique ones
    (``table.column, table.column``); PostgreSQL always names the constraint.
    """
    original = error.orig
    diagnostics = getattr(original, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    message = str(original)
    for prefix in ("UNIQUE constraint failed: ", "CHECK constraint failed: "):
        if message.startswith(prefix):
            return message.removeprefix(prefix)
    return message or None


def was_deadlocked(error: BaseException) -> bool:
    """Whether PostgreSQL ended the transaction in favour of another one: nothing happened, and it can be run again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def database_is_away(error: BaseException) -> bool:
    """Whether the error speaks of the connection, not of the statement: worth waiting and trying again."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    text = str(error.orig).lower()
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code[:2] in ("08", "57") or code in ("53300",)
    return any(
        sign in text
        for sign in ("connection", "database is locked", "unable to open", "readonly", "disk i/o", "disk is full")
    )

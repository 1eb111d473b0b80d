"""A service's database that lets nobody in for a while, for tests."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from shared.runtime import Runtime


@contextmanager
def database_away(runtime: Runtime, admin_url: str | None) -> Iterator[None]:
    """Nobody can write meanwhile. PostgreSQL: every connection is ended and new ones are refused, by the
    administrator at `admin_url`. SQLite: somebody else holds the file's only write lock.
    """
    if runtime.database.dialect == "postgresql":
        assert admin_url is not None
        with _closed_to_all(admin_url, str(runtime.database.engine.url.database)):
            yield
        return
    other = sqlite3.connect(str(runtime.database.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _closed_to_all(admin_url: str, name: str) -> Iterator[None]:
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as link:
        link.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        link.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
        try:
            yield
        finally:
            link.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    engine.dispose()

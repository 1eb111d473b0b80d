"""A migrated database for each test, copied from one that was migrated once."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from shared.database import Database
from shared.database.migrate import migrate
from shared.service import Service


class Databases:
    """Makes databases of one engine. ``stack`` is ``sqlite`` or ``postgresql``; the latter needs an admin URL."""

    def __init__(self, stack: str, folder: Path, admin_url: str | None = None) -> None:
        self.stack = stack
        self.folder = folder
        self._templates: dict[str, str] = {}
        self._made: list[str] = []
        if stack == "postgresql":
            if not admin_url:
                raise RuntimeError("YIZHAN_TEST_POSTGRES_URL must name a running PostgreSQL; ./test starts one")
            self._admin_url = make_url(admin_url)
            self._admin = create_engine(admin_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    def url(self, service: Service) -> str:
        """The URL of a new database with the service's schema and no rows."""
        template = self._templates.get(service.name) or self._make_template(service)
        name = f"t_{uuid.uuid4().hex[:16]}"
        if self.stack == "sqlite":
            path = self.folder / f"{name}.db"
            shutil.copyfile(template, path)
            return f"sqlite:///{path}"
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        self._made.append(name)
        return self._named(name)

    def _make_template(self, service: Service) -> str:
        name = f"template_{service.name}_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        if self.stack == "sqlite":
            path = self.folder / f"{name}.db"
            database = Database(f"sqlite:///{path}")
            migrate(service, database)
            with database.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            database.dispose()
            self._templates[service.name] = str(path)
            return str(path)
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        self._made.append(name)
        database = Database(self._named(name))
        migrate(service, database)
        database.dispose()
        self._templates[service.name] = name
        return name

    def _named(self, name: str) -> str:
        return self._admin_url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database again; connections to it are ended."""
        parsed = make_url(url)
        if self.stack == "postgresql" and parsed.database in self._made:
            with self._admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{parsed.database}" WITH (FORCE)'))
            self._made.remove(str(parsed.database))
        elif self.stack == "sqlite" and parsed.database:
            for suffix in ("", "-wal", "-shm"):
                Path(parsed.database + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        if self.stack == "postgresql":
            with self._admin.connect() as connection:
                for name in self._made:
                    connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            self._admin.dispose()


@contextmanager
def databases(stack: str, folder: Path, admin_url: str | None) -> Iterator[Databases]:
    made = Databases(stack, folder, admin_url)
    try:
        yield made
    finally:
        made.close()

"""A private PostgreSQL server that can be stopped, killed and restarted by fault tests."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from shared.testing.local_servers import LocalServer, ServerUnavailable

INITDB_TIMEOUT = 120


def postgresql_program(name: str) -> str | None:
    """Find a program of PostgreSQL; of several versions, the newest. Debian keeps servers off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts[4].zfill(3))
    return str(versions[-1]) if versions else shutil.which(name)


class LocalPostgres(LocalServer):
    """A PostgreSQL server; superuser postgres without password, on 127.0.0.1 only."""

    name = "postgresql"
    stop_signal = signal.SIGINT
    """Its "fast" shutdown, which does not wait for clients to leave."""

    def __init__(self) -> None:
        server, initdb = postgresql_program("postgres"), postgresql_program("initdb")
        if server is None or initdb is None:
            raise ServerUnavailable("PostgreSQL is not installed: install postgresql")
        super().__init__()
        self._server = server
        self._data = self.folder / "data"
        user = self.user()
        if user is not None:
            shutil.chown(self.folder, user)
        self._initialise(initdb)

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the administrator's database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        """Run the server. It need not survive a power cut, so it does not wait for the disk."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "300",
            "timezone": "UTC",
        }
        return [self._server, "-D", str(self._data), *(f"--{name}={value}" for name, value in settings.items())]

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def answers(self) -> bool:
        """Whether a login works."""
        try:
            with psycopg.connect(
                host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", connect_timeout=2
            ):
                return True
        except psycopg.OperationalError:
            return False

    def _initialise(self, initdb: str) -> None:
        arguments = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            [initdb, "-D", str(self._data), *arguments],
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT,
            check=False,
            cwd=self.folder,
            user=self.user(),
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr.strip()}")

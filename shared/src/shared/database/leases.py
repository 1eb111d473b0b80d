"""Leases: one holder at a time, by the database's clock, with a token that fences off holders who were late."""

import os
import socket
import threading
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session

from shared.database.engine import Database, insert_on
from shared.database.tables import Lease
from shared.database.types import UtcDateTime

_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


def database_now(dialect: str, later: timedelta = timedelta(0)) -> ColumnElement[Any]:
    """The database's own clock, some time later, as a value for a UtcDateTime column."""
    microseconds = later // timedelta(microseconds=1)
    if dialect == "sqlite":
        return literal_column(f"({_SQLITE_NOW} + {microseconds})", UtcDateTime())
    return literal_column(f"(clock_timestamp() + interval '{microseconds} microseconds')", UtcDateTime())


def process_name() -> str:
    """A name for this process and thread that tells staff where to look."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"


class HeldLease:
    """One holder's side of a lease. Not for several threads at once."""

    def __init__(self, database: Database, name: str, duration: timedelta, holder: str | None = None) -> None:
        self.database = database
        self.name = name
        self.duration = duration
        self.holder = holder or process_name()
        self.token: int | None = None
        self._renew_at = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether we hold it and its first half is not over, as far as this process knows."""
        return self.token is not None and time.monotonic() < self._renew_at

    def hold(self) -> int | None:
        """The token while the lease is fresh; after that, or without one, acquire."""
        return self.token if self.is_fresh else self.acquire()

    def acquire(self) -> int | None:
        """Take the lease if it is free or over, or renew our own. The token, or None while somebody else holds it."""
        self._renew_at = time.monotonic() + self.duration.total_seconds() / 2
        with self.database.writing() as session:
            self.token = self._renew(session) if self.token is not None else None
            if self.token is None:
                self.token = self._take(session)
        return self.token

    def _renew(self, session: Session) -> int | None:
        changed: Any = session.execute(
            update(Lease)
            .where(Lease.name == self.name, Lease.holder == self.holder, Lease.token == self.token)
            .where(Lease.expires_at > self._now())
            .values(expires_at=self._now(self.duration))
        )
        return self.token if changed.rowcount == 1 else None

    def _take(self, session: Session) -> int | None:
        insert = insert_on(self.database.dialect)
        columns = Lease.__table__.c
        statement = (
            insert(Lease)
            .values(name=self.name, holder=self.holder, token=1, expires_at=self._now(self.duration))
            .on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "holder": self.holder,
                    "token": columns.token + 1,
                    "expires_at": self._now(self.duration),
                },
                where=(columns.expires_at <= self._now())
                & or_(columns.not_before.is_(None), columns.not_before <= self._now()),
            )
            .returning(columns.token)
        )
        return session.execute(statement).scalar_one_or_none()

    def is_held(self) -> ColumnElement[bool]:
        """A condition for a statement that only the present holder may carry out."""
        return exists(
            select(Lease.name).where(
                Lease.name == self.name, Lease.token == (self.token or 0), Lease.expires_at > self._now()
            )
        )

    def release(self, *, again_after: timedelta | None = None) -> None:
        """Give the lease back at once; nobody takes it before ``again_after`` is over."""
        if self.token is None:
            return
        with self.database.writing() as session:
            session.execute(
                update(Lease)
                .where(Lease.name == self.name, Lease.token == self.token)
                .values(
                    expires_at=self._now(),
                    not_before=None if again_after is None else self._now(again_after),
                )
            )
        self.token = None

    def _now(self, later: timedelta = timedelta(0)) -> ColumnElement[Any]:
        return database_now(self.database.dialect, later)

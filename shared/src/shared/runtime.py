"""One process of one service: its settings, database and clock, put together once at its start."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared import faults
from shared.clock import Clock, utc_now
from shared.database import Database, UnitOfWork
from shared.identifiers import new_id
from shared.operations import tracing
from shared.principal import SYSTEM, Principal
from shared.service import Service
from shared.settings import Settings


class Runtime:
    """Handed to whatever needs it; nothing in the suite is global. Make it after a fork."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        database: Database | None = None,
    ) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.database = database or Database(settings.database_url)

    @classmethod
    def from_environment(cls, service: Service) -> "Runtime":
        return cls(service, Settings.from_environment(service.name))

    @contextmanager
    def unit_of_work(
        self,
        *,
        actor: Principal = SYSTEM,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        traceparent: str | None = None,
        now: datetime | None = None,
    ) -> Iterator[UnitOfWork]:
        """A transaction for one command: committed when left in peace, rolled back on an exception.

        Without a ``traceparent``, its events belong to the span that is going on here.
        """
        with self.database.writing() as session:
            work = UnitOfWork(
                session,
                service=self.service.name,
                now=now or self.clock(),
                correlation_id=correlation_id or str(new_id()),
                actor=actor,
                causation_id=causation_id,
                traceparent=traceparent or tracing.traceparent(),
                recorded_at=self.clock(),
            )
            yield work
            if work.recorded:
                faults.reach(f"{faults.acting.get()}.before-commit")
        if work.recorded:
            faults.reach(f"{faults.acting.get()}.after-commit")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.database.reading() as session:
            yield session

    def delivery_ages(self) -> dict[str, Any]:
        """How long the oldest undelivered and unprocessed events wait, in seconds, and what needs attention."""
        from shared.deliveries.ages import ages

        with self.reading() as session:
            found: dict[str, timedelta | int] = ages(session, self.clock())
        return {
            name: round(value.total_seconds(), 1) if isinstance(value, timedelta) else value
            for name, value in found.items()
        }

    def close(self) -> None:
        self.database.dispose()

"""What an event is to tell whom, before any rule is asked; and a unit of work that only listens to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.events.envelope import TYPE_PREFIX
from shared.inbox import ReceivedEvent


@dataclass(frozen=True)
class Announcement:
    """An event, the people whom it concerns, and what the templates may say of it.

    `starts_at` is when what it is about begins, `was_starts_at` when it was to begin before; `held_back` why nobody is
    to be told; what is `pressing` changes where they are to be; `body` owns the messages: None is anybody's, '*' only
    for those who see all bodies.
    """

    event: ReceivedEvent
    people: tuple[UUID, ...]
    facts: Mapping[str, Any]
    starts_at: datetime | None = None
    held_back: str | None = None
    pressing: bool = False
    body: str | None = None
    was_starts_at: datetime | None = None

    @property
    def event_type(self) -> str:
        """``<service>.<noun>.<verb>``."""
        return self.event.type.removeprefix(TYPE_PREFIX).rpartition(".v")[0]


class Rehearsal(UnitOfWork):
    """Given to the handler of a past event, it collects what would be announced, as of the time of that event.

    Events and audit rows are dropped. It belongs to a session that is only read from and rolled back.
    """

    def __init__(self, session: Session, *, service: str, now: datetime) -> None:
        super().__init__(session, service=service, now=now, correlation_id="rehearsal")
        self.announced: list[Announcement] = []

    def record(self, *_: Any, **__: Any) -> Any:
        """Nothing is published."""

    def audit(self, *_: Any, **__: Any) -> None:
        """Nobody did anything."""

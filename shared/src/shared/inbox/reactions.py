"""What a service does about other services' events: one :class:`Reactions` a foreign publisher."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema

from shared.database.unit_of_work import UnitOfWork
from shared.events.envelope import TYPE_PREFIX, Envelope


@dataclass(frozen=True)
class ReceivedEvent:
    """An event as its handler sees it: ``data`` holds only what the consumer's own schema asked for."""

    envelope: Envelope
    data: Mapping[str, Any]

    @property
    def id(self) -> UUID:
        return self.envelope.id

    @property
    def source(self) -> str:
        return self.envelope.source

    @property
    def type(self) -> str:
        return self.envelope.type

    @property
    def name(self) -> str:
        """``<noun>.<verb>`` without publisher and version."""
        return self.envelope.type.removeprefix(TYPE_PREFIX).partition(".")[2].rpartition(".v")[0]

    @property
    def subject(self) -> str:
        return self.envelope.subject

    @property
    def subject_id(self) -> UUID:
        return self.envelope.subject_id

    @property
    def version(self) -> int:
        return self.envelope.subjectversion

    @property
    def time(self) -> datetime:
        return self.envelope.time

    @property
    def correlation_id(self) -> str | None:
        return self.envelope.correlationid


Handler = Callable[[UnitOfWork, ReceivedEvent], None]


@dataclass(frozen=True)
class Reaction:
    """One event type that is needed, the narrow schema that reads it, and what is then done."""

    name: str
    version: int
    needs: type[Schema]
    handler: Handler


class Reactions:
    """All reactions to one publisher's exchange.

    ``queue`` is the part after the consumer's name and defaults to ``<publisher>-events``; ``exchange`` defaults to
    ``<publisher>.events``.
    """

    def __init__(self, publisher: str, *, queue: str | None = None, exchange: str | None = None) -> None:
        self.publisher = publisher
        self.queue = queue or f"{publisher}-events"
        self.exchange = exchange or f"{publisher}.events"
        self._by_type: dict[str, Reaction] = {}

    @property
    def source(self) -> str:
        return f"/services/{self.publisher}"

    def on(self, name: str, *, needs: type[Schema], version: int = 1) -> Callable[[Handler], Handler]:
        """Register a handler for ``<noun>.<verb>``. The schema must ignore what it does not ask for.

        A handler works in the given unit of work alone, talks to no network, and may be called again for the same
        event after a failure. ValueError when a type is registered twice.
        """
        if getattr(needs.Meta, "unknown", None) != EXCLUDE:
            raise ValueError(f"{needs.__name__} needs class Meta: unknown = EXCLUDE")
        event_type = f"{TYPE_PREFIX}{self.publisher}.{name}.v{version}"

        def register(handler: Handler) -> Handler:
            if event_type in self._by_type:
                raise ValueError(f"{event_type} is registered twice")
            self._by_type[event_type] = Reaction(name, version, needs, handler)
            return handler

        return register

    def find(self, event_type: str) -> Reaction | None:
        return self._by_type.get(event_type)

    def __iter__(self) -> Iterator[Reaction]:
        return iter(self._by_type.values())

    @property
    def snapshot_nouns(self) -> tuple[str, ...]:
        """The nouns whose snapshots are understood here, and are asked for when the queue is new."""
        return tuple(
            sorted(
                {reaction.name.removesuffix(".snapshot") for reaction in self if reaction.name.endswith(".snapshot")}
            )
        )

"""What a service tells the shared code about itself: its name, events, reactions, timers and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from shared.events.declaration import EventType, Registry
from shared.inbox.reactions import Reactions
from shared.principal import Principal
from shared.timers import Timer

Snapshots = Callable[[Session, UUID | None, UUID | None, int], Sequence[tuple[UUID, Mapping[str, Any]]]]
"""``(session, after, only, limit)``: at most ``limit`` pairs of subject id and data, in the order of ids, past
``after`` or just ``only``."""


@dataclass(frozen=True)
class Effect:
    """Something that a service made of an event, for the event's story: ``text`` is a translatable sentence with
    ``facts``, ``url`` the path of its page."""

    at: datetime
    text: str
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One deployable service. ``web`` and ``migrations`` are import names, so that a worker loads no web code.

    ``snapshots`` gives the data of a noun's snapshots: ``<noun>`` those of the first major, ``<noun>.v<major>`` others.
    ``effects`` tells what was made of an event besides its own events, at most a hundred things of it, and only what
    this principal may see.
    """

    name: str
    registry: Registry
    metadata: MetaData
    reactions: Sequence[Reactions] = ()
    timers: Sequence[Timer] = ()
    snapshots: Mapping[str, Snapshots] = field(default_factory=dict)
    web: str = ""
    migrations: str = ""
    effects: Callable[[Session, UUID, Principal], Sequence[Effect]] | None = None

    @property
    def source(self) -> str:
        return f"/services/{self.name}"

    @property
    def web_factory(self) -> str:
        return self.web or f"{self.name}.app:create_app"

    @property
    def migrations_package(self) -> str:
        return self.migrations or f"{self.name}.migrations"

    def snapshots_of(self, noun: str) -> list[tuple[EventType, Snapshots]]:
        """Every major of a noun's snapshot that is sent, with what gives its data; the lowest first."""
        declared = [kind for kind in self.registry if kind.name == f"{noun}.snapshot"]
        given = [
            (kind, self.snapshots.get(noun if kind.version == 1 else f"{noun}.v{kind.version}")) for kind in declared
        ]
        return [(kind, provider) for kind, provider in given if provider is not None]

    def queue(self, reactions: Reactions) -> str:
        """The full name of the queue that receives for these reactions."""
        return f"{self.name}.{reactions.queue}"

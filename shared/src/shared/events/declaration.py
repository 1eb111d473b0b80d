"""Declaring the events of a service: beside each name its schema, its meaning and an example.

``published.py`` of a service holds one :class:`Registry`; what is declared there is all it can record. The
JSON Schemas and examples under ``contracts/`` are written from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema, ValidationError

from shared.events.envelope import TYPE_PREFIX


class NotAsDeclared(Exception):
    """An event was recorded with data that its own schema refuses: a mistake in the publisher's code."""


@dataclass(frozen=True)
class EventType:
    """One type of event. ``subject`` is the noun whose versions it counts; ``exchange`` where it is published."""

    service: str
    name: str
    version: int
    schema: type[Schema]
    meaning: str
    example: Mapping[str, Any]
    subject: str
    exchange: str

    @property
    def routing_key(self) -> str:
        return f"{self.service}.{self.name}.v{self.version}"

    @property
    def type(self) -> str:
        return TYPE_PREFIX + self.routing_key

    @property
    def schema_path(self) -> str:
        return f"contracts/{self.service}/events/{self.name}.v{self.version}.schema.json"

    @property
    def is_snapshot(self) -> bool:
        return self.name.endswith(".snapshot")

    def check(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data as it goes on the wire; NotAsDeclared when it does not fit the schema."""
        dumped = self._strict.dump(data)
        try:
            self._strict.load(dumped)
        except ValidationError as error:
            raise NotAsDeclared(f"{self.name}: {sorted(error.messages_dict)}") from error
        unknown = set(data) - set(self._strict.fields)
        if unknown:
            raise NotAsDeclared(f"{self.name}: not in the schema: {sorted(unknown)}")
        return dict(dumped)

    @cached_property
    def _strict(self) -> Schema:
        """Made once: making it costs as much as checking one event."""
        return self.schema(unknown=RAISE)


class Registry:
    """All event types of one service, by name and version."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._types: dict[tuple[str, int], EventType] = {}

    def event(
        self,
        name: str,
        schema: type[Schema],
        *,
        meaning: str,
        example: Mapping[str, Any],
        version: int = 1,
        subject: str | None = None,
        exchange: str | None = None,
    ) -> EventType:
        """Declare ``<noun>.<verb>``. The example must fit the schema; ValueError when declared twice."""
        key = (name, version)
        if key in self._types:
            raise ValueError(f"{self.service} declares {name} v{version} twice")
        declared = EventType(
            service=self.service,
            name=name,
            version=version,
            schema=schema,
            meaning=meaning,
            example=example,
            subject=subject or name.partition(".")[0],
            exchange=exchange or f"{self.service}.events",
        )
        schema(unknown=RAISE).load(dict(example))
        self._types[key] = declared
        return declared

    def snapshot(
        self,
        noun: str,
        schema: type[Schema],
        *,
        meaning: str,
        example: Mapping[str, Any],
        version: int = 1,
        exchange: str | None = None,
    ) -> EventType:
        """Declare ``<noun>.snapshot``: the whole present state of one subject, sent to who asked for it.

        While consumers move to another major, each one that is declared is sent.
        """
        return self.event(
            f"{noun}.snapshot",
            schema,
            meaning=meaning,
            example=example,
            version=version,
            exchange=exchange or f"{self.service}.snapshots",
        )

    def __iter__(self) -> Iterator[EventType]:
        return iter(sorted(self._types.values(), key=lambda declared: (declared.name, declared.version)))

    def find(self, name: str, version: int = 1) -> EventType:
        """KeyError when the service does not declare it."""
        return self._types[(name, version)]

"""Reading ``contracts/``: what every service has promised and needs, as it is committed. No code of any service."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contracts.comparison import fields_of


@dataclass(frozen=True)
class Need:
    """What ``consumer`` reads of one event of ``publisher``; ``event`` is ``<noun>.<verb>.v<major>``."""

    consumer: str
    publisher: str
    event: str
    queue: str
    data: Mapping[str, Any]

    @property
    def meaning(self) -> str:
        """What the consumer does with it, in its own words; may be empty."""
        return str(self.data.get("description", ""))

    def reads(self, field: str) -> bool:
        """Whether the consumer reads this field, something in it, or all of the event."""
        return not field or any(_within(path, field) for path in fields_of(self.data))


def _within(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))


@dataclass(frozen=True)
class Contracts:
    """The folder ``contracts/``."""

    root: Path

    def services(self) -> list[str]:
        """Everybody who has a folder here, other teams' programs included."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.exists() else []

    def schemas(self, service: str) -> dict[str, dict[str, Any]]:
        """The stored schema of each event that the service publishes, by ``<noun>.<verb>.v<major>``."""
        return {
            path.name.removesuffix(".schema.json"): load(path)
            for path in sorted((self.root / service / "events").glob("*.schema.json"))
        }

    def example(self, service: str, event: str) -> dict[str, Any]:
        """The data of the stored example."""
        found: dict[str, Any] = load(self.root / service / "events" / "examples" / f"{event}.json")
        return found

    def needs(self) -> Iterator[Need]:
        """What anybody reads of anybody, in a fixed order."""
        for path in sorted(self.root.glob("*/needs/*.json")):
            for event, need in load(path)["events"].items():
                yield Need(path.parents[1].name, path.stem, event, need.get("queue", ""), need["data"])

    def readers(self, publisher: str, event: str) -> list[Need]:
        return [need for need in self.needs() if (need.publisher, need.event) == (publisher, event)]

    def topology(self, service: str) -> dict[str, Any] | None:
        """Exchanges, queues and bindings as they are stored; None for who has stored none."""
        path = self.root / service / "topology.json"
        return load(path) if path.exists() else None

    def released(self, service: str) -> dict[str, Any] | None:
        """The list of what was ever promised; None before the first writing."""
        path = self.root / service / "released.json"
        return load(path) if path.exists() else None


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))

"""``python -m suite.events_page``: writes docs/events/index.html, every event of the suite, from contracts/ alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.contracts.folder import Contracts, Need
from suite.layout import ROOT, SERVICES

PAGE = ROOT / "docs" / "events" / "index.html"
CHINESE = {
    "membership": "组织与人员",
    "facilities": "场地器材",
    "activities": "活动",
    "welfare": "关爱帮扶",
    "notifications": "通知",
}
_FORMS = {"uuid": "UUID", "date-time": "time", "date": "date"}


@dataclass(frozen=True)
class Field:
    """One field of an event's data; ``depth`` says how deep it lies in lists and objects."""

    name: str
    depth: int
    kind: str
    words: tuple[str, ...]
    required: bool
    meaning: str


@dataclass(frozen=True)
class Event:
    """What the page says of one type of event."""

    name: str
    type: str
    meaning: str
    routing_key: str
    exchange: str
    fields: tuple[Field, ...]
    example: str
    readers: tuple[Need, ...]

    @property
    def is_snapshot(self) -> bool:
        return ".snapshot." in f".{self.name}"


def page(contracts: Contracts) -> str:
    """The whole page."""
    here = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    services = {service: list(_events(contracts, service)) for service in SERVICES}
    return here.get_template("events_page.html").render(services=services, chinese=CHINESE)


def _events(contracts: Contracts, service: str) -> Iterator[Event]:
    exchanges = _exchanges(contracts, service)
    for name, schema in contracts.schemas(service).items():
        example = json.dumps(contracts.example(service, name), ensure_ascii=False, indent=2)
        exchange = exchanges[name]
        addressed = name.rpartition(".v")[0].endswith(".snapshot")
        yield Event(
            name=name,
            type=str(schema["title"]),
            meaning=str(schema.get("description", "")),
            routing_key="the queue that asked" if addressed else f"{service}.{name}",
            exchange=exchange,
            fields=tuple(_fields(schema, 0)),
            example=example,
            readers=tuple(contracts.readers(service, name)),
        )


def _exchanges(contracts: Contracts, service: str) -> Mapping[str, str]:
    """Where each event is published, as the AsyncAPI document says it."""
    document = yaml.safe_load((contracts.root / service / "asyncapi.yaml").read_text(encoding="utf-8"))
    return {
        key: channel["bindings"]["amqp"]["exchange"]["name"]
        for channel in document["channels"].values()
        if channel["bindings"]["amqp"]["is"] == "routingKey"
        for key in channel["messages"]
    }


def _fields(schema: Mapping[str, Any], depth: int) -> Iterator[Field]:
    for name, field in schema.get("properties", {}).items():
        inner = field
        while "items" in inner:
            inner = inner["items"]
        words = [str(word) for word in inner.get("enum", ()) if word is not None]
        required = name in schema.get("required", ())
        yield Field(name, depth, _kind(field), tuple(words), required, field.get("description", ""))
        yield from _fields(inner, depth + 1)


def _kind(schema: Mapping[str, Any]) -> str:
    """The type in words: ``list of UUID``, ``text or null``."""
    said = schema.get("type", "anything")
    kinds = [said] if isinstance(said, str) else list(said)
    words = []
    for kind in kinds:
        if kind == "array":
            words.append(_list(_kind(schema.get("items", {}))))
        elif kind == "string":
            words.append(_FORMS.get(str(schema.get("format")), "one of" if schema.get("enum") else "text"))
        else:
            words.append({"integer": "whole number", "boolean": "true or false"}.get(kind, kind))
    return " or ".join(words)


def _list(of: str) -> str:
    if of == "one of":
        return "list, each one of"
    return f"list of {of}s" if of in ("UUID", "object", "time", "date", "text", "whole number") else f"list, each {of}"


def main() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(Contracts(ROOT / "contracts")), encoding="utf-8")


if __name__ == "__main__":
    main()

"""A publisher and a reader of lamps, whose contracts were written once; each test declares a later release."""

from pathlib import Path
from typing import Any

import pytest
from marshmallow import EXCLUDE, Schema, fields, validate

from shared.database import new_metadata
from shared.events import Registry
from shared.inbox import Reactions
from shared.operations.contracts import PromiseBroken, write
from shared.service import Service

LAMP: dict[str, Any] = {
    "lamp_id": fields.UUID(required=True),
    "name": fields.String(required=True, validate=validate.Length(max=80)),
    "state": fields.String(required=True, validate=validate.OneOf(("on", "off"))),
    "watts": fields.Integer(),
}
EXAMPLE = {"lamp_id": "0192f0c1-0000-7000-8000-000000000001", "name": "desk", "state": "on"}


def made(kind: str, said: dict[str, Any], *, reads: bool = False) -> type[Schema]:
    schema: type[Schema] = type(kind, (Schema,), dict(said))
    if reads:
        schema = type(kind, (schema,), {"Meta": type("Meta", (), {"unknown": EXCLUDE})})
    return schema


class Releases:
    """Makes releases of the two services, and writes their contracts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publisher(self, *events: tuple[str, int, dict[str, Any]], consumes: Any = ()) -> Service:
        """A release that publishes these: name, major version, fields."""
        registry = Registry("lamps")
        for name, version, said in events:
            example = {key: value for key, value in EXAMPLE.items() if key in said}
            for key, field in said.items():
                if field.required and key not in example:
                    example[key] = 1 if isinstance(field, fields.Integer) else "x"
            if isinstance(said.get("name"), fields.Integer):
                example["name"] = "1"
            registry.event(name, made("Data", said), meaning="A lamp.", example=example, version=version)
        return Service("lamps", registry, new_metadata(), reactions=consumes, web="nowhere.app:create_app")

    def reader(self, event: str, said: dict[str, Any], *, version: int = 1, name: str = "house") -> Service:
        """A release that reads these fields of one event."""
        reactions = Reactions("lamps")

        @reactions.on(event, needs=made("Needs", said, reads=True), version=version)
        def handle(work: Any, event: Any) -> None:
            """Remember the lamp."""

        return Service(name, Registry(name), new_metadata(), reactions=(reactions,), web="nowhere.app:create_app")

    def write(self, service: Service, **how: Any) -> list[str]:
        return [str(path.relative_to(self.folder)) for path in write(service, self.folder, **how)]

    def broken(self, service: Service) -> list[str]:
        """The sentences with which the release is refused; nothing may have been written."""
        before = self.content()
        with pytest.raises(PromiseBroken) as refusal:
            write(service, self.folder)
        assert self.content() == before
        return [str(breach) for breach in refusal.value.breaches]

    def content(self) -> dict[str, str]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_text(encoding="utf-8") for path in files}


@pytest.fixture
def lamp() -> dict[str, Any]:
    return dict(LAMP)


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """``lamp.lit`` v1 is promised with all fields, and house reads its id and name."""
    made_here = Releases(tmp_path)
    made_here.write(made_here.publisher(("lamp.lit", 1, dict(LAMP))))
    reads = {"lamp_id": fields.UUID(required=True), "name": fields.String(required=True)}
    made_here.write(made_here.reader("lamp.lit", reads))
    return made_here

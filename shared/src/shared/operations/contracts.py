"""Writing ``contracts/<service>/`` from the code: event schemas with examples, needs, AsyncAPI and OpenAPI."""

import json
from pathlib import Path
from typing import Any

import yaml

from shared.events.asyncapi import document
from shared.events.declaration import EventType
from shared.events.json_schema import json_schema
from shared.inbox.reactions import Reactions
from shared.service import Service


def write(service: Service, folder: Path, *, check: bool = False) -> list[Path]:
    """Write every file that differs, remove the ones that are no longer said; returns their paths.

    With ``check`` nothing is changed.
    """
    wanted = contents(service)
    root = folder / service.name
    changed = []
    for relative, text in sorted(wanted.items()):
        path = root / relative
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        changed.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.relative_to(root).as_posix() not in wanted:
            changed.append(path)
            if not check:
                path.unlink()
    return changed


def contents(service: Service) -> dict[str, str]:
    """Each file's path under ``contracts/<service>/`` and its text."""
    files: dict[str, str] = {}
    for event_type in service.registry:
        name = f"{event_type.name}.v{event_type.version}"
        files[f"events/{name}.schema.json"] = _json(_event_schema(event_type))
        files[f"events/examples/{name}.json"] = _json(dict(event_type.example))
    for publisher in sorted({reactions.publisher for reactions in service.reactions}):
        same = [reactions for reactions in service.reactions if reactions.publisher == publisher]
        files[f"needs/{publisher}.json"] = _json(_needs(service, publisher, same))
    files["asyncapi.yaml"] = _yaml(document(service))
    specification = _openapi(service)
    if specification is not None:
        files["openapi.yaml"] = _yaml(specification)
    return files


def _event_schema(event_type: EventType) -> dict[str, Any]:
    return json_schema(event_type.schema, title=event_type.type, meaning=event_type.meaning, closed=True)


def _needs(service: Service, publisher: str, same: list[Reactions]) -> dict[str, Any]:
    events = {
        f"{reaction.name}.v{reaction.version}": {
            "queue": service.queue(reactions),
            "data": json_schema(
                reaction.needs, title=reaction.name, meaning=_first_line(reaction.handler.__doc__), closed=False
            ),
        }
        for reactions in same
        for reaction in reactions
    }
    return {"consumer": service.name, "publisher": publisher, "events": dict(sorted(events.items()))}


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _openapi(service: Service) -> dict[str, Any] | None:
    """The specification that the web process serves, made without a database connection."""
    import importlib
    import tempfile

    from shared.runtime import Runtime
    from shared.settings import Settings

    module, _, factory = service.web_factory.partition(":")
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.from_environment(service.name, {"YIZHAN_VAR": scratch})
        app = getattr(importlib.import_module(module), factory)(Runtime(service, settings))
        document_of = app.extensions.get("yizhan_openapi")
        if document_of is None:
            return None
        specification: dict[str, Any] = json.loads(json.dumps(document_of(), default=str))
    specification.pop("servers", None)
    return specification


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(json.loads(_json(value)), allow_unicode=True, sort_keys=False, width=110)

"""Writing ``contracts/<service>/`` from the code: schemas and examples of events, needs, topology, AsyncAPI, OpenAPI.

What is stored is a promise. Nothing is written while the code breaks one; ``released.json`` keeps a digest of every
promise, so that neither editing nor deleting a file makes one forgotten.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.folder import Contracts, Need
from shared.contracts.promises import Breach, broken_promises, digest, unmet_needs, used_again
from shared.contracts.topology import broken_topology, described, names_in
from shared.events.asyncapi import document
from shared.events.declaration import EventType
from shared.events.json_schema import json_schema
from shared.inbox.reactions import Reactions
from shared.service import Service
from shared.worker.declaring import topology


class PromiseBroken(Exception):
    """The code does not keep what is stored under ``contracts/``; nothing was written."""

    def __init__(self, breaches: list[Breach]) -> None:
        super().__init__("\n".join(str(breach) for breach in breaches))
        self.breaches = breaches


def write(service: Service, folder: Path, *, check: bool = False) -> list[Path]:
    """Write every file that differs, remove the ones that are no longer said; returns their paths.

    With ``check`` nothing is changed. Raises PromiseBroken when the code breaks what is stored.
    """
    contracts = Contracts(folder)
    breaches = judge(service, contracts)
    if breaches:
        raise PromiseBroken(breaches)
    wanted = contents(service)
    wanted["released.json"] = _json(_released(service, contracts.released(service.name)))
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


def judge(service: Service, contracts: Contracts) -> list[Breach]:
    """Every promise that the code breaks: to its consumers, and to its own earlier releases."""
    declared = {_name(event_type): _event_schema(event_type) for event_type in service.registry}
    queues = described(topology(service))
    return [
        *broken_promises(contracts, service.name, declared),
        *used_again(contracts, service.name, [*declared, *names_in(queues)]),
        *broken_topology(contracts, service.name, queues),
    ]


def unmet(service: Service, folder: Path) -> list[Breach]:
    """What the service needs and its publishers have not promised. This stops no writing: two services may begin to
    read each other's new events, and one of them has to be written first."""
    own = [
        Need(service.name, said["publisher"], event, need["queue"], need["data"])
        for said in _all_needs(service).values()
        for event, need in said["events"].items()
    ]
    return unmet_needs(Contracts(folder), own)


def retire(service: Service, folder: Path, name: str) -> None:
    """Take back the promise of an event, a queue or an exchange that nobody needs any more.

    ValueError when the code still declares it, somebody still needs it, or it was never promised.
    """
    contracts = Contracts(folder)
    released = contracts.released(service.name) or {"events": {}}
    if name in {*names_in(described(topology(service))), *(_name(event_type) for event_type in service.registry)}:
        raise ValueError(f"{service.name} still declares {name}")
    readers = sorted({need.consumer for need in contracts.readers(service.name, name)})
    if readers:
        raise ValueError(f"{name} is still needed by {', '.join(readers)}")
    stored = contracts.topology(service.name)
    if name not in {*released["events"], *(names_in(stored) if stored else ())}:
        raise ValueError(f"{service.name} never promised {name}")
    events = {event: known for event, known in released["events"].items() if event != name}
    said = {**released, "events": events, "retired": sorted({*released.get("retired", ()), name})}
    (folder / service.name / "released.json").write_text(_json(said), encoding="utf-8")
    for path in (f"events/{name}.schema.json", f"events/examples/{name}.json"):
        (folder / service.name / path).unlink(missing_ok=True)


def contents(service: Service) -> dict[str, str]:
    """Each file's path under ``contracts/<service>/`` and its text, as the code says it."""
    files: dict[str, str] = {}
    for event_type in service.registry:
        name = _name(event_type)
        files[f"events/{name}.schema.json"] = _json(_event_schema(event_type))
        files[f"events/examples/{name}.json"] = _json(dict(event_type.example))
    for publisher, said in _all_needs(service).items():
        files[f"needs/{publisher}.json"] = _json(said)
    files["topology.json"] = _json(described(topology(service)))
    files["asyncapi.yaml"] = _yaml(document(service))
    files.update(_web(service))
    return files


def _name(event_type: EventType) -> str:
    return f"{event_type.name}.v{event_type.version}"


def _released(service: Service, before: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "service": service.name,
        "events": {_name(event_type): digest(_event_schema(event_type)) for event_type in service.registry},
        "retired": list((before or {}).get("retired", ())),
    }


def _event_schema(event_type: EventType) -> dict[str, Any]:
    return json_schema(event_type.schema, title=event_type.type, meaning=event_type.meaning, published=True)


def _all_needs(service: Service) -> dict[str, dict[str, Any]]:
    """What is needed of each publisher."""
    publishers = sorted({reactions.publisher for reactions in service.reactions})
    return {
        publisher: _needs(service, publisher, [each for each in service.reactions if each.publisher == publisher])
        for publisher in publishers
    }


def _needs(service: Service, publisher: str, same: list[Reactions]) -> dict[str, Any]:
    events = {
        f"{reaction.name}.v{reaction.version}": {
            "queue": service.queue(reactions),
            "data": json_schema(
                reaction.needs, title=reaction.name, meaning=_first_line(reaction.handler.__doc__), published=False
            ),
        }
        for reactions in same
        for reaction in reactions
    }
    return {"consumer": service.name, "publisher": publisher, "events": dict(sorted(events.items()))}


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _web(service: Service) -> dict[str, str]:
    """What the web process offers and to whom, made without a database connection; nothing without a web."""
    import importlib
    import importlib.util
    import tempfile

    from shared.runtime import Runtime
    from shared.settings import Settings

    module, _, factory = service.web_factory.partition(":")
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        return {}
    from shared.web.access import access_matrix, as_markdown

    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.from_environment(service.name, {"YIZHAN_VAR": scratch})
        app = getattr(importlib.import_module(module), factory)(Runtime(service, settings))
        files = {"access.md": as_markdown(service.name, access_matrix(app))}
        document_of = app.extensions.get("yizhan_openapi")
        if document_of is not None:
            specification: dict[str, Any] = json.loads(json.dumps(document_of(), default=str))
            specification.pop("servers", None)
            files["openapi.yaml"] = _yaml(specification)
    return files


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(json.loads(_json(value)), allow_unicode=True, sort_keys=False, width=110)

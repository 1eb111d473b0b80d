"""Whether a service keeps what it has promised, and whether what a consumer needs is promised. Sentences, no changes.

Within a major version an event may gain optional fields, and nothing else about it may change: see
``docs/decisions/0014-what-may-change-within-a-major.md``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.comparison import Excess, excess, promise
from shared.contracts.folder import Contracts, Need

HOW_TO_CHANGE = (
    "Within a major version only optional fields are added. Keep the event as it was and declare the next major beside "
    "it, recorded together with work.record_twins: docs/publish-an-event.md, “Changing an event”."
)
_RESTORE = "Restore contracts/ from version control; what is stored there changes by the command alone."


@dataclass(frozen=True)
class Breach:
    """One broken promise. ``consumers`` are those whose needs name what is broken."""

    what: str
    fact: str
    consumers: tuple[str, ...] = ()
    advice: str = ""

    def __str__(self) -> str:
        broken = f" Breaks: {', '.join(self.consumers)}." if self.consumers else ""
        return f"{self.what}: {self.fact}.{broken}"


def digest(schema: Mapping[str, Any]) -> str:
    """What tells one promise from another; words may be changed without changing it."""
    said = json.dumps(promise(schema), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"


def broken_promises(contracts: Contracts, service: str, declared: Mapping[str, Mapping[str, Any]]) -> list[Breach]:
    """What ``declared``, the schemas of today's code, breaks of what is stored."""
    stored = contracts.schemas(service)
    released = contracts.released(service)
    found: list[Breach] = []
    if released is not None:
        found += _tampered(service, stored, released)
    elif contracts.topology(service) is not None:
        found.append(Breach(service, "released.json is gone, which says what was promised", (), _RESTORE))
    for event, schema in stored.items():
        readers = contracts.readers(service, event)
        if event in declared:
            found += _changed(service, event, schema, declared[event], readers)
        else:
            found.append(_gone(service, event, readers))
    return found


def _changed(
    service: str, event: str, stored: Mapping[str, Any], declared: Mapping[str, Any], readers: list[Need]
) -> list[Breach]:
    """Both ways: today's events for yesterday's readers, and yesterday's events for today's readers."""
    forward = excess(declared, stored, names=True)
    backward = [each for each in excess(stored, declared, names=False) if each.field not in {f.field for f in forward}]
    what = f"{service} {event}"
    sentences = [
        (each.field, f"{_named(each)}{_renamed(each, stored, declared)}, against what was promised") for each in forward
    ]
    sentences += [
        (each.field, f"{_named(each)} in events that are under way, kept or replayed, and is not allowed any more")
        for each in backward
    ]
    return [
        Breach(what, text, tuple(need.consumer for need in readers if need.reads(field)), HOW_TO_CHANGE)
        for field, text in sentences
    ]


def _named(found: Excess) -> str:
    return f"{found.field or 'the data'} {found.fact}"


def _renamed(found: Excess, stored: Mapping[str, Any], declared: Mapping[str, Any]) -> str:
    """A hint where a new field is exactly what the lost one was."""
    if found.fact != "is not sent" or any(sign in found.field for sign in ".["):
        return ""
    before, now = stored.get("properties", {}), declared.get("properties", {})
    same = [name for name in now if name not in before and promise(now[name]) == promise(before[found.field])]
    return f" (is it called {same[0]} now?)" if len(same) == 1 else ""


def _gone(service: str, event: str, readers: list[Need]) -> Breach:
    consumers = tuple(need.consumer for need in readers)
    if consumers:
        advice = "Publish it until these have moved on and their needs files say so."
    else:
        advice = f"No needs file names it. If nobody else reads it either: {service} contracts --retire {event}"
    return Breach(f"{service} {event}", "was promised and is not declared any more", consumers, advice)


def _tampered(service: str, stored: Mapping[str, Any], released: Mapping[str, Any]) -> list[Breach]:
    """Stored schemas that are not what was released: nobody changes a promise by editing or deleting its file."""
    found = []
    for event, known in released["events"].items():
        if event not in stored:
            fact = "was released, and its schema file is gone"
        elif digest(stored[event]) != known:
            fact = "was released, and its schema file says something else now"
        else:
            continue
        found.append(Breach(f"{service} {event}", fact, (), _RESTORE))
    for event in sorted(set(stored) - set(released["events"])):
        found.append(
            Breach(f"{service} {event}", "has a schema file, and released.json does not know it", (), _RESTORE)
        )
    return found


def used_again(contracts: Contracts, service: str, declared: Iterable[str]) -> list[Breach]:
    """Names that were retired and are declared once more: what was sent under them may still be read somewhere."""
    retired = (contracts.released(service) or {}).get("retired", ())
    advice = "Take another name, or the next major version."
    return [
        Breach(f"{service} {name}", "was retired, and a name is not used twice", (), advice)
        for name in declared
        if name in retired
    ]


def unmet_needs(contracts: Contracts, needs: Iterable[Need]) -> list[Breach]:
    """What consumers need and their publishers do not promise."""
    found = []
    for need in needs:
        promised = contracts.schemas(need.publisher).get(need.event)
        if promised is None:
            fact = f"{need.publisher} does not publish it"
            found.append(Breach(f"{need.consumer} needs {need.publisher} {need.event}", fact))
            continue
        for each in excess(promised, need.data, names=True):
            fact = f"as {need.publisher} promises it, {_named(each)}"
            found.append(Breach(f"{need.consumer} needs {need.publisher} {need.event}", fact))
    return found

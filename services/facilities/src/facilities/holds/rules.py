"""How a hold behaves over time: how long it is kept, and which requests still count."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from facilities.occupancy.rules import Item
from shared.refusal import Reason

KEPT = timedelta(minutes=30)


def is_old(version: int, known: Sequence[int]) -> bool:
    """Whether a request was seen before, or came after a later one: then it changes nothing."""
    return bool(known) and version <= max(known)


def place_names(items: Sequence[Item]) -> tuple[str, str]:
    """The rooms in which it takes place, in Chinese and English; each once, in the order of the sessions."""
    rooms = {item.place.code: item.place for item in items if item.place.exclusive}
    return "、".join(room.name_zh for room in rooms.values()), ", ".join(room.name_en for room in rooms.values())


def as_event(reason: Reason) -> dict[str, Any]:
    """A broken rule as hold.refused says it: what and when, never who."""
    said = {
        "code": reason.code,
        "resource_code": reason.facts.get("resource_code"),
        "starts_at": reason.facts.get("starts_at"),
        "ends_at": reason.facts.get("ends_at"),
    }
    for name in ("available", "wanted"):
        if name in reason.facts:
            said[name] = reason.facts[name]
    return said

"""Texts: marking them for translation without translating them, and finding what no database takes."""

from collections.abc import Mapping
from typing import Any

NUL = "\x00"


def N_(message: str) -> str:
    """The message itself; extraction tools find it by this function's name."""
    return message


def places_with_nul(value: Any) -> list[str]:
    """Where in plain data a text or a key holds U+0000, which PostgreSQL takes in no text: ``sessions.0.title``."""
    found, left = set(), [("", value)]
    while left:
        place, each = left.pop()
        if isinstance(each, str):
            if NUL in each:
                found.add(place)
        elif isinstance(each, Mapping):
            for name, inner in each.items():
                here = f"{place}.{name}" if place else str(name)
                left.append((here.replace(NUL, "\ufffd"), inner))
                if NUL in str(name):
                    found.add(here.replace(NUL, "\ufffd"))
        elif isinstance(each, (list, tuple)):
            left += [(f"{place}.{number}" if place else str(number), inner) for number, inner in enumerate(each)]
    return sorted(found)

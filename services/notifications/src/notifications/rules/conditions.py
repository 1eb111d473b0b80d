"""Conditions on the data of an event: a field, a comparison, a value. Pure.

Fields and their types come from what this service asks of the event in its contract; nothing else can be compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.refusal import Reason
from shared.texts import N_

COMPARISONS = {
    "is": ("text", "id", "number", "moment", "day", "flag"),
    "is-not": ("text", "id", "number", "flag"),
    "one-of": ("text", "id"),
    "at-least": ("number", "moment", "day"),
    "at-most": ("number", "moment", "day"),
    "given": ("text", "id", "number", "moment", "day", "flag"),
    "not-given": ("text", "id", "number", "moment", "day", "flag"),
}
"""By comparison the kinds of field that it is for."""
WITHOUT_VALUE = ("given", "not-given")
MOST_CONDITIONS = 5
LONGEST_VALUE = 200
_FLAGS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


@dataclass(frozen=True)
class Condition:
    """One comparison. `value` is kept as it was written, in JSON's words."""

    field: str
    comparison: str
    value: Any = None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Condition":
        """From what the database and programs keep."""
        return cls(str(entry["field"]), str(entry["comparison"]), entry.get("value"))

    def entry(self) -> dict[str, Any]:
        return {"field": self.field, "comparison": self.comparison, "value": self.value}

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether the data meet it. A value that is not there meets only ``not-given`` and ``is-not``."""
        found = data.get(self.field)
        if self.comparison in WITHOUT_VALUE:
            return (found is not None) == (self.comparison == "given")
        if found is None:
            return self.comparison == "is-not"
        return _COMPARED[self.comparison](found, self.value)


def _same(found: Any, wanted: Any) -> bool:
    return bool(found == _like(found, wanted))


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _same,
    "is-not": lambda found, wanted: not _same(found, wanted),
    "one-of": lambda found, wanted: any(_same(found, one) for one in wanted),
    "at-least": lambda found, wanted: bool(found >= _like(found, wanted)),
    "at-most": lambda found, wanted: bool(found <= _like(found, wanted)),
}


def _like(found: Any, wanted: Any) -> Any:
    """The wanted value in the type of what was found; it was checked when it was saved."""
    if isinstance(found, datetime):
        return datetime.fromisoformat(wanted)
    if isinstance(found, date):
        return date.fromisoformat(wanted)
    return UUID(wanted) if isinstance(found, UUID) else wanted


def kind_of(schema: Mapping[str, Any]) -> str | None:
    """What kind of value a field of a JSON schema holds; None for lists and objects, which are not compared."""
    types = schema.get("type")
    names = [types] if isinstance(types, str) else list(types or ())
    plain = next((name for name in names if name != "null"), None)
    if plain == "string":
        return {"uuid": "id", "date-time": "moment", "date": "day"}.get(str(schema.get("format")), "text")
    return {"integer": "number", "number": "number", "boolean": "flag"}.get(str(plain))


def read_condition(field: str, comparison: str, written: str, kinds: Mapping[str, str]) -> Condition | Reason:
    """A condition as somebody wrote it in a form, or why it cannot be. `kinds` are the fields that the event has."""
    kind = kinds.get(field)
    if kind is None:
        return Reason("field-unknown", N_("The event has no field “%(name)s”."), "conditions", {"name": field})
    if kind not in COMPARISONS.get(comparison, ()):
        return Reason("comparison", N_("“%(name)s” cannot be compared in this way."), "conditions", {"name": field})
    if comparison in WITHOUT_VALUE:
        return Condition(field, comparison)
    words = [word.strip() for word in written.replace("，", ",").split(",")] if comparison == "one-of" else [written]
    try:
        values = [_value(kind, word.strip()) for word in words]
    except ValueError:
        return Reason(
            "value", N_("“%(value)s” is no value of “%(name)s”."), "conditions", {"value": written, "name": field}
        )
    return Condition(field, comparison, values if comparison == "one-of" else values[0])


def _value(kind: str, word: str) -> Any:
    """The value as JSON keeps it. ValueError."""
    if not word or len(word) > LONGEST_VALUE:
        raise ValueError
    if kind == "number":
        number = float(word)
        return int(number) if number.is_integer() else number
    if kind == "flag":
        if word.lower() not in _FLAGS:
            raise ValueError
        return _FLAGS[word.lower()]
    if kind == "moment":
        moment = datetime.fromisoformat(word)
        if moment.tzinfo is None:
            raise ValueError
        return moment.isoformat()
    if kind == "day":
        return date.fromisoformat(word).isoformat()
    return str(UUID(word)) if kind == "id" else word


def check_conditions(conditions: Sequence[Condition], kinds: Mapping[str, str]) -> list[Reason]:
    """Every reason not to save these conditions, also such as programs gave."""
    reasons = []
    if len(conditions) > MOST_CONDITIONS:
        reasons.append(
            Reason("conditions", N_("At most %(most)s conditions."), "conditions", {"most": MOST_CONDITIONS})
        )
    for one in conditions:
        written = one.value if isinstance(one.value, list) else [one.value]
        read = read_condition(one.field, one.comparison, ",".join(_written(value) for value in written), kinds)
        if isinstance(read, Reason):
            reasons.append(read)
    return reasons


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)

"""What one JSON Schema allows that another one does not, in words: the question behind every promise.

Whoever reads events is broken by what a new schema allows beyond the old one; events that are still under way are
broken by what the old one allowed beyond the new one; a consumer is broken by what its publisher promises beyond what
it reads. All three are this one comparison. Schemas are those that marshmallow gives; a keyword that is not known
here must be the same on both sides, so that nothing slips through.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_WORDS = ("$schema", "$id", "$comment", "title", "description", "examples", "example", "default", "deprecated")
_KNOWN = ("type", "enum", "const", "format", "pattern", "required", "properties", "items", "additionalProperties")
_ALL_TYPES = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_UPPER = {
    "maxLength": "longer than {} characters",
    "maximum": "more than {}",
    "exclusiveMaximum": "{} or more",
    "maxItems": "a list of more than {}",
    "maxProperties": "an object of more than {} fields",
}
_LOWER = {
    "minLength": "shorter than {} characters",
    "minimum": "less than {}",
    "exclusiveMinimum": "{} or less",
    "minItems": "a list of fewer than {}",
    "minProperties": "an object of fewer than {} fields",
}


@dataclass(frozen=True)
class Excess:
    """``field`` is a path like ``sessions[].starts_at``, empty for the whole; ``fact`` reads on from its name."""

    field: str
    fact: str


def promise(schema: Any) -> Any:
    """The schema without its words: what stays is what a program can rely on."""
    if isinstance(schema, Mapping):
        return {
            key: {name: promise(inner) for name, inner in value.items()} if key == "properties" else promise(value)
            for key, value in schema.items()
            if key not in _WORDS
        }
    if isinstance(schema, list):
        return [promise(each) for each in schema]
    return schema


def excess(given: Schema, accepted: Schema, *, names: bool) -> list[Excess]:
    """What ``given`` allows and ``accepted`` does not.

    With ``names``, a field that ``accepted`` knows and ``given`` never mentions counts too, required or not.
    """
    return list(_excess(_folded(given), _folded(accepted), "", names))


def fields_of(schema: Schema, at: str = "") -> Iterator[str]:
    """The paths of all fields that a schema names."""
    folded = _folded(schema)
    for name, inner in folded.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path
        yield from fields_of(inner, path)
    if isinstance(folded.get("items"), Mapping):
        yield from fields_of(folded["items"], f"{at}[]")


def _excess(given: Schema, accepted: Schema, at: str, names: bool) -> Iterator[Excess]:
    types = list(_types(given, accepted))
    yield from (Excess(at, fact) for fact in types)
    if not types:
        yield from (Excess(at, fact) for fact in _values(given, accepted))
    yield from (Excess(at, fact) for fact in _unknown(given, accepted))
    yield from _members(given, accepted, at, names)
    if isinstance(accepted.get("items"), Mapping):
        items = given.get("items", {}) if _may_be(given, "array") else accepted["items"]
        yield from _excess(_folded(items), _folded(accepted["items"]), f"{at}[]", names)


def _types(given: Schema, accepted: Schema) -> Iterator[str]:
    allowed = _types_of(accepted)
    if "number" in allowed:
        allowed |= {"integer"}
    beyond = _types_of(given) - allowed
    if "null" in beyond:
        yield "may be null"
    others = sorted(beyond - {"null"})
    if others:
        kinds = "a value of any type" if len(others) > 3 else " or ".join(_article(each) for each in others)
        yield f"may be {kinds}, not only {' or '.join(_article(each) for each in sorted(allowed - {'null'}))}"


def _types_of(schema: Schema) -> frozenset[str]:
    said = schema.get("type")
    if said is not None:
        return frozenset([said] if isinstance(said, str) else said)
    values = _enumerated(schema)
    return frozenset(_type_of(value) for value in values) if values is not None else _ALL_TYPES


def _type_of(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "null" if value is None else "object"


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _may_be(schema: Schema, kind: str) -> bool:
    return kind in _types_of(schema)


def _enumerated(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _values(given: Schema, accepted: Schema) -> Iterator[str]:
    """Words, forms and limits of a plain value."""
    values, allowed = _enumerated(given), _enumerated(accepted)
    if allowed is not None:
        if values is None:
            yield f"may be anything, not only {_listed(allowed)}"
            return
        beyond = [value for value in values if value not in allowed and value is not None]
        if beyond:
            yield f"may be {_listed(beyond, 'or')}, not only {_listed(allowed)}"
        return
    if accepted.get("format") not in (None, given.get("format")):
        yield f"need not be {_form(accepted['format'])}"
    pattern = accepted.get("pattern")
    if pattern not in (None, given.get("pattern")) and not _match(values, pattern):
        yield f"need not match {pattern}"
    yield from _limits(given, accepted, values)


def _limits(given: Schema, accepted: Schema, values: list[Any] | None) -> Iterator[str]:
    for limits, sign in ((_UPPER, 1), (_LOWER, -1)):
        for key, words in limits.items():
            if key not in accepted or (values is not None and key.endswith("Length") and _fit(values, accepted)):
                continue
            limit = accepted[key]
            if key not in given or (given[key] - limit) * sign > 0:
                yield f"may be {words.format(limit)}".replace(" 1 characters", " 1 character")


def _match(values: list[Any] | None, pattern: str) -> bool:
    return values is not None and all(re.search(pattern, value) for value in values if isinstance(value, str))


def _fit(values: list[Any], accepted: Schema) -> bool:
    lengths = [len(value) for value in values if isinstance(value, str)]
    return all(accepted.get("minLength", 0) <= length <= accepted.get("maxLength", length) for length in lengths)


def _unknown(given: Schema, accepted: Schema) -> Iterator[str]:
    """Keywords that nobody here can judge: they must not differ."""
    for key in sorted({*given, *accepted} - {*_WORDS, *_KNOWN, *_UPPER, *_LOWER}):
        if given.get(key) != accepted.get(key):
            yield f"differs in {key}, which cannot be judged"


def _members(given: Schema, accepted: Schema, at: str, names: bool) -> Iterator[Excess]:
    if not _may_be(accepted, "object") or not _may_be(given, "object"):
        return
    said: Schema = given.get("properties", {})
    known: Schema = accepted.get("properties", {})
    required = accepted.get("required", ())
    for name in [*known, *(each for each in required if each not in known)]:
        path = f"{at}.{name}" if at else name
        if name in said:
            if name in required and name not in given.get("required", ()):
                yield Excess(path, "may be missing")
            yield from _excess(_folded(said[name]), _folded(known.get(name, {})), path, names)
        elif names or (name in required and name not in given.get("required", ())):
            yield Excess(path, "is not sent")
    yield from _others(given, accepted, at, names)


def _others(given: Schema, accepted: Schema, at: str, names: bool) -> Iterator[Excess]:
    """Fields without a name of their own in the accepting schema."""
    others = accepted.get("additionalProperties", True)
    if others is False:
        for name in given.get("properties", {}):
            if name not in accepted.get("properties", {}):
                yield Excess(f"{at}.{name}" if at else name, "is sent, and nothing unknown is taken here")
    elif isinstance(others, Mapping):
        mine = given.get("additionalProperties", {})
        if isinstance(mine, Mapping):
            yield from _excess(_folded(mine), _folded(others), f"{at}.*" if at else "*", names)


def _folded(schema: Any) -> Schema:
    """A choice between one schema and null, as marshmallow writes an optional nested one, is that schema or null."""
    if not isinstance(schema, Mapping):
        return {}
    for key in ("anyOf", "oneOf"):
        choices = schema.get(key)
        if isinstance(choices, list) and {"type": "null"} in choices and len(choices) == 2:
            [other] = [choice for choice in choices if choice != {"type": "null"}]
            rest = {name: value for name, value in schema.items() if name != key}
            return {**rest, **other, "type": sorted(_types_of(other) | {"null"})}
    return schema


def _form(name: str) -> str:
    return {"uuid": "a UUID", "date-time": "a time with a zone", "date": "a date", "email": "an e-mail address"}.get(
        name, f"of the form {name}"
    )


def _listed(values: list[Any], word: str = "and") -> str:
    texts = ["null" if value is None else str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"

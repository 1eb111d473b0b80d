"""JSON Schema (draft 2020-12) from marshmallow schemas, for programmers in any language."""

import warnings
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import EXCLUDE, RAISE, Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(schema: type[Schema], *, title: str, meaning: str, published: bool) -> dict[str, Any]:
    """The data of an event. ``published`` tells what a publisher promises, of which readers ignore what they do not
    know, so nothing in it is closed; of what a consumer needs, an object that refuses unknown fields says so."""
    plugin = MarshmallowPlugin(schema_name_resolver=_inline)
    APISpec(title="", version="", openapi_version="3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = converter.schema2jsonschema(schema(unknown=RAISE if published else EXCLUDE))
    body.pop("additionalProperties", None)
    described = {"description": meaning} if meaning else {}
    return {"$schema": DIALECT, "title": title, **described, **_plain(body, open_objects=published)}


def _inline(_schema: Any) -> Any:
    """No name for any nested schema: each one is written out where it stands."""
    return None


def _plain(node: Any, *, open_objects: bool) -> Any:
    """Plain dicts and lists, with what JSON cannot say turned into text, and patterns that every language reads."""
    if isinstance(node, dict):
        plain = {str(key): _plain(value, open_objects=open_objects) for key, value in node.items()}
        if open_objects and plain.get("additionalProperties") is False:
            del plain["additionalProperties"]
        if isinstance(plain.get("pattern"), str):
            plain["pattern"] = _anchored(plain["pattern"])
        return plain
    if isinstance(node, (list, tuple, set)):
        return [_plain(value, open_objects=open_objects) for value in node]
    if node is None or isinstance(node, (str, int, float, bool)):
        return node
    return str(node)


def _anchored(pattern: str) -> str:
    r"""Python's ``match`` begins at the start, and its ``\Z`` is the end; ECMA-262, which JSON Schema speaks, says
    both otherwise."""
    body = pattern.removeprefix("^").removesuffix(r"\Z").removesuffix("$")
    ended = len(body) < len(pattern.removeprefix("^"))
    grouped = f"(?:{body})" if "|" in body else body
    return f"^{grouped}$" if ended else f"^{grouped}"

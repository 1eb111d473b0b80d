"""JSON Schema (draft 2020-12) from marshmallow schemas, for programmers in any language."""

import warnings
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import RAISE, Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(schema: type[Schema], *, title: str, meaning: str, closed: bool) -> dict[str, Any]:
    """The data of an event. ``closed`` says that the publisher sends nothing else; readers still ignore what they
    do not know."""
    plugin = MarshmallowPlugin(schema_name_resolver=_inline)
    APISpec(title="", version="", openapi_version="3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = converter.schema2jsonschema(schema(unknown=RAISE) if closed else schema())
    body.pop("additionalProperties", None)
    return {"$schema": DIALECT, "title": title, "description": meaning, **_plain(body)}


def _inline(_schema: Any) -> Any:
    """No name for any nested schema: each one is written out where it stands."""
    return None


def _plain(node: Any) -> Any:
    """Plain dicts and lists, with what JSON cannot say turned into text."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple, set)):
        return [_plain(value) for value in node]
    if node is None or isinstance(node, (str, int, float, bool)):
        return node
    return str(node)

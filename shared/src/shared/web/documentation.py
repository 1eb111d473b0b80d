"""``/api/docs``: the OpenAPI document as a page of our own, which works offline and under the strict policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from shared.web.api import Api, specification
from shared.web.guards import requires

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Member:
    """One field of a body or one parameter."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Answer:
    status: str
    meaning: str
    schema: str | None


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Member, ...]
    body: str | None
    answers: tuple[Answer, ...]


class Reader:
    """Reads one OpenAPI document for showing it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def groups(self) -> list[tuple[str, str, list[Operation]]]:
        """Name, description and operations of each tag, in the document's order."""
        described = {tag["name"]: tag.get("description", "") for tag in self.document.get("tags", ())}
        found: dict[str, list[Operation]] = {name: [] for name in described}
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    group = (operation.get("tags") or [""])[0]
                    found.setdefault(group, []).append(self._operation(method, path, item, operation))
        return [(name, described.get(name, ""), operations) for name, operations in found.items()]

    def schemas(self) -> list[tuple[str, list[Member]]]:
        """Each named schema with its members."""
        named = self.document.get("components", {}).get("schemas", {})
        return [(name, self._members(schema)) for name, schema in sorted(named.items())]

    def _operation(self, method: str, path: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Operation:
        given = [self._resolved(each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        body = self._schema_name(operation.get("requestBody", {}))
        return Operation(
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            parameters=tuple(
                Member(
                    f"{each['name']} ({each['in']})",
                    self._kind(each.get("schema", {})),
                    bool(each.get("required")),
                    each.get("description", ""),
                )
                for each in given
            ),
            body=body,
            answers=tuple(
                Answer(status, answer.get("description", ""), self._schema_name(answer))
                for status, answer in sorted(
                    ((str(status), self._resolved(answer)) for status, answer in operation["responses"].items()),
                    key=lambda pair: pair[0],
                )
            ),
        )

    def _members(self, schema: Mapping[str, Any]) -> list[Member]:
        required = set(schema.get("required", ()))
        return [
            Member(name, self._kind(inner), name in required, inner.get("description", ""))
            for name, inner in schema.get("properties", {}).items()
        ]

    def _schema_name(self, holder: Mapping[str, Any]) -> str | None:
        for media in holder.get("content", {}).values():
            return self._kind(media.get("schema", {}))
        return None

    def _kind(self, schema: Mapping[str, Any]) -> str:
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        kind = schema.get("type", "")
        kinds = [kind] if isinstance(kind, str) else list(kind)
        words = []
        for each in kinds:
            if each == "array":
                each = f"list of {self._kind(schema.get('items', {}))}"
            elif schema.get("format") and each != "null":
                each = f"{each} ({schema['format']})"
            words.append(each)
        text = " or ".join(word for word in words if word)
        if schema.get("enum"):
            text += ": " + ", ".join(str(value) for value in schema["enum"])
        return text

    def _resolved(self, part: Any) -> Mapping[str, Any]:
        if isinstance(part, Mapping) and "$ref" in part:
            found: Any = self.document
            for step in str(part["$ref"]).removeprefix("#/").split("/"):
                found = found[step]
            return self._resolved(found)
        resolved: Mapping[str, Any] = part
        return resolved


def register(app: Flask, api: Api) -> None:
    @app.get("/api/docs", endpoint="api_docs")
    @requires("viewer")
    def show() -> ResponseReturnValue:
        reader = Reader(specification(api))
        return render_template("kit/api_docs.html", groups=reader.groups(), schemas=reader.schemas())

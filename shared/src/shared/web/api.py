"""The API of a service: flask-smorest blueprints, one error form, OpenAPI 3.1."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, fields

from shared.web.guards import requires
from shared.web.paging import Cursor

OPENAPI_VERSION = "3.1.0"


class ApiBlueprint(SmorestBlueprint):  # type: ignore[misc]
    """Resources of one feature under ``/api/v1``. Make it at import time, like any Flask blueprint."""


class Input(Schema):
    """What a request may say: an unknown field is an error, not silently dropped."""

    class Meta:
        unknown = RAISE


class Problem(Schema):
    """An error (RFC 9457)."""

    type = fields.String(required=True, metadata={"description": "A URN that names the kind of problem."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "What is wrong, in the reader's language."})
    code = fields.String(required=True, metadata={"description": "Stable; what programs go by."})
    request_id = fields.String(allow_none=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Field -> sentences."},
    )
    reasons = fields.List(fields.Dict(), metadata={"description": "Each broken rule: code, text, field, facts."})


class Api(SmorestApi):  # type: ignore[misc]
    """flask-smorest without its own error writer and without its documentation pages."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = "DEFAULT_ERROR"

    def _register_error_handlers(self) -> None:
        """Errors are written by shared.web.problems."""


def register(app: Flask, blueprints: list[ApiBlueprint], *, title: str, version: str) -> Api:
    """Register the blueprints and serve the specification at ``/api/openapi.json``."""
    app.config.update(
        API_TITLE=title,
        API_VERSION=version,
        OPENAPI_VERSION=OPENAPI_VERSION,
        OPENAPI_URL_PREFIX=None,
    )
    api = Api(app, spec_kwargs={"servers": [{"url": "/"}]})
    api.register_field(Cursor, "string", None)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.components.parameter(
        "IdempotencyKey",
        "header",
        {
            "name": "Idempotency-Key",
            "description": "A key of your own making. The same request with the same key is carried out once in 24 h.",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
    )
    api.spec.options["security"] = [{"token": []}]
    for blueprint in blueprints:
        api.register_blueprint(blueprint)

    @app.get("/api/openapi.json", endpoint="openapi")
    @requires("viewer")
    def openapi() -> ResponseReturnValue:
        return jsonify(specification(api))

    app.extensions["yizhan_openapi"] = lambda: specification(api)
    return api


def specification(api: Api) -> dict[str, Any]:
    """The OpenAPI document as plain data."""
    written: dict[str, Any] = api.spec.to_dict()
    written.get("components", {}).get("schemas", {}).pop("PaginationMetadata", None)
    for operations in written.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict):
                for status, answer in operation.get("responses", {}).items():
                    _as_problem(str(status), answer)
    for name, answer in written.get("components", {}).get("responses", {}).items():
        _as_problem("default" if name == "DEFAULT_ERROR" else name, answer)
    return written


def _as_problem(status: str, answer: dict[str, Any]) -> None:
    """Error answers are problem+json, whatever the generator assumed."""
    content = answer.get("content", {})
    if (status[:1] in "45" or not status[:1].isdigit()) and "application/json" in content:
        content["application/problem+json"] = content.pop("application/json")

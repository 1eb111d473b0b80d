"""The messages of an AsyncAPI document: the envelope that all have in common, and what each type says in it."""

import re
from typing import Any
from uuid import UUID

from shared.events.declaration import EventType
from shared.events.envelope import CONTENT_TYPE, TYPE_PREFIX

BINDING = "0.3.0"
"""The version of AsyncAPI's bindings for AMQP."""
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_EXAMPLE_ID = "0192f0c1-7b5e-7c3a-9d41-5a0e6c1f2b01"
_EXAMPLE_CAUSE = "0192f0c1-7a00-7c3a-9d41-5a0e6c1f2a00"
_EXAMPLE_TIME = "2026-11-23T01:00:00Z"


def components() -> dict[str, Any]:
    """What every document has in common: the envelope, the trait of every message, the correlation id."""
    return {
        "schemas": {"CloudEvent": _envelope()},
        "correlationIds": {
            "correlationId": {
                "description": "One id for all that follows from one request; causationid names the event before.",
                "location": "$message.payload#/correlationid",
            }
        },
        "messageTraits": {
            "cloudEvent": {
                "contentType": CONTENT_TYPE,
                "correlationId": {"$ref": "#/components/correlationIds/correlationId"},
                "headers": _headers(),
                "externalDocs": {
                    "description": "CloudEvents 1.0, structured mode",
                    "url": "https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md",
                },
            }
        },
    }


def message(event_type: EventType, source: str | None = None) -> dict[str, Any]:
    """One type of event: the envelope with its type, its subject and the schema of its data.

    ``source`` is given where it is a pattern of many services.
    """
    return {
        "name": event_type.type,
        "title": f"{event_type.name}, version {event_type.version}",
        "summary": event_type.meaning,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "source": {"pattern": source} if source else {"const": f"/services/{event_type.service}"},
                        "type": {"pattern": _any_asker(event_type)} if source else {"const": event_type.type},
                        "subject": {"pattern": f"^{event_type.subject}/{_UUID[1:]}"},
                        "data": _data(event_type),
                    },
                },
            ]
        },
        "examples": [{"name": event_type.name, "summary": event_type.meaning, "payload": example(event_type)}],
        "bindings": {"amqp": {"messageType": event_type.type, "bindingVersion": BINDING}},
    }


def example(event_type: EventType) -> dict[str, Any]:
    """A whole message body, the same each time."""
    own = event_type.example.get(f"{event_type.subject.replace('-', '_')}_id")
    return {
        "specversion": "1.0",
        "id": _EXAMPLE_ID,
        "source": f"/services/{event_type.service}",
        "type": event_type.type,
        "subject": f"{event_type.subject}/{UUID(str(own)) if own else _EXAMPLE_CAUSE}",
        "time": _EXAMPLE_TIME,
        "datacontenttype": "application/json",
        "dataschema": event_type.schema_path,
        "subjectversion": 1,
        "correlationid": _EXAMPLE_CAUSE,
        "data": dict(event_type.example),
    }


def _any_asker(event_type: EventType) -> str:
    name = re.escape(event_type.routing_key.removeprefix(f"{event_type.service}."))
    return f"^{re.escape(TYPE_PREFIX)}[a-z0-9-]+\\.{name}$"


def _data(event_type: EventType) -> dict[str, Any]:
    from shared.events.json_schema import json_schema

    if event_type.exchange:
        return {"$ref": f"events/{event_type.name}.v{event_type.version}.schema.json"}
    written_out = json_schema(event_type.schema, title=event_type.name, meaning=event_type.meaning, published=True)
    written_out.pop("$schema")
    return written_out


def _envelope() -> dict[str, Any]:
    attributes: dict[str, tuple[dict[str, Any], str]] = {
        "specversion": ({"const": "1.0"}, "The version of CloudEvents."),
        "id": ({"type": "string", "format": "uuid"}, "Unique for its source; the same event may come twice."),
        "source": ({"type": "string", "format": "uri-reference"}, "Who says it: /services/<name>."),
        "type": ({"type": "string", "maxLength": 160}, "org.yizhan.<service>.<noun>.<verb>.v<major>."),
        "subject": ({"type": "string", "maxLength": 120}, "<noun>/<uuid>: what the event is about."),
        "time": ({"type": "string", "format": "date-time"}, "When it happened."),
        "datacontenttype": ({"const": "application/json"}, "What data is."),
        "dataschema": ({"type": "string", "format": "uri-reference"}, "The schema of data, in this repository."),
        "subjectversion": (
            {"type": "integer", "minimum": 1},
            "Counts the events of one subject, without a gap. A snapshot carries the version that it speaks of.",
        ),
        "correlationid": ({"type": "string", "maxLength": 80}, "One id for all that follows from one request."),
        "causationid": ({"type": "string", "maxLength": 80}, "The id of the event that led to this one."),
        "traceparent": ({"type": "string", "maxLength": 80}, "W3C Trace Context."),
        "data": ({"type": "object"}, "What the event says; its schema is its type's."),
    }
    required = ["specversion", "id", "source", "type", "subject", "time", "subjectversion", "data"]
    return {
        "title": "CloudEvent",
        "description": "CloudEvents 1.0 in structured JSON. Receivers ignore attributes and fields they do not know.",
        "type": "object",
        "required": required,
        "properties": {name: {**schema, "description": meaning} for name, (schema, meaning) in attributes.items()},
    }


def _headers() -> dict[str, Any]:
    """The attributes are repeated in headers, for who routes or filters without reading the body."""
    names = ("id", "source", "type", "subject", "time", "subjectversion", "correlationid", "causationid", "traceparent")
    return {
        "type": "object",
        "description": "The attributes of the envelope once more, as text, for whoever filters without reading bodies.",
        "properties": {f"cloudEvents_{name}": {"type": "string"} for name in names},
    }

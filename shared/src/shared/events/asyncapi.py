"""AsyncAPI 3.0 of one service: what it publishes, on which exchange, and what each message says."""

from typing import Any

from shared.events.declaration import EventType
from shared.events.envelope import CONTENT_TYPE
from shared.events.json_schema import json_schema
from shared.service import Service


def document(service: Service, version: str = "1.0.0") -> dict[str, Any]:
    """The whole document; events are sent, requests for snapshots are received."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for event_type in service.registry:
        key = f"{event_type.name}.v{event_type.version}"
        messages[key] = _message(event_type)
        channel = channels.setdefault(event_type.exchange, _channel(event_type))
        channel["messages"][key] = {"$ref": f"#/components/messages/{key}"}
        operations[f"send.{key}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{event_type.exchange}"},
            "summary": event_type.meaning,
            "messages": [{"$ref": f"#/channels/{event_type.exchange}/messages/{key}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Yizhan {service.name}: events",
            "version": version,
            "description": "CloudEvents 1.0 in structured JSON; subjectversion counts the events of one subject.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _channel(event_type: EventType) -> dict[str, Any]:
    kind = "direct" if event_type.exchange.endswith(".snapshots") else "topic"
    return {
        "address": event_type.exchange,
        "messages": {},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": event_type.exchange, "type": kind, "durable": True, "autoDelete": False},
            }
        },
    }


def _message(event_type: EventType) -> dict[str, Any]:
    data = json_schema(event_type.schema, title=event_type.name, meaning=event_type.meaning, closed=True)
    data.pop("$schema")
    return {
        "name": event_type.type,
        "title": event_type.name,
        "summary": event_type.meaning,
        "contentType": CONTENT_TYPE,
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "subjectversion", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "format": "uuid"},
                "source": {"const": f"/services/{event_type.service}"},
                "type": {"const": event_type.type},
                "subject": {"type": "string", "pattern": f"^{event_type.subject}/[0-9a-f-]{{36}}$"},
                "time": {"type": "string", "format": "date-time"},
                "subjectversion": {"type": "integer", "minimum": 1},
                "correlationid": {"type": "string"},
                "causationid": {"type": "string"},
                "traceparent": {"type": "string"},
                "data": data,
            },
        },
        "examples": [{"name": event_type.name, "payload": {"data": dict(event_type.example)}}],
        "bindings": {"amqp": {"messageType": event_type.type}},
    }

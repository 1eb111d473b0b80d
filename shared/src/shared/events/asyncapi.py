"""AsyncAPI 3.0 of one service: what it sends and receives, on which exchanges and queues, and what each message says.

Schemas of data stand in files of their own beside the document; what a service reads is described by its publisher,
and the consumer's document points there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.bus.topology import QUEUE_ARGUMENTS, snapshots_exchange
from shared.events.asyncapi_messages import BINDING, components, message
from shared.events.declaration import EventType
from shared.events.envelope import CONTENT_TYPE
from shared.inbox.reactions import Reactions
from shared.inbox.requests import replay_type, request_type
from shared.service import Service

_ASKER = "asker"


def document(service: Service, version: str = "1.0.0") -> dict[str, Any]:
    """The whole document."""
    common = components()
    built = _Document(service)
    built.events()
    built.requests_received()
    for reactions in service.reactions:
        built.events_received(reactions)
    for publisher in sorted({reactions.publisher for reactions in service.reactions}):
        built.requests_sent(publisher)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Yizhan {service.name}: events",
            "version": version,
            "description": (
                f"What {service.name} tells other services, and what it reads of theirs. Every message is a CloudEvent "
                "1.0 in structured JSON; subjectversion counts the events of one subject. The same event may come "
                "twice: keep the ids of what you handled."
            ),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"rabbitmq": _server()},
        "channels": built.channels,
        "operations": built.operations,
        "components": {
            **common,
            "messages": built.messages,
            "operationTraits": {
                "sent": {
                    "bindings": {
                        "amqp": {"deliveryMode": 2, "mandatory": True, "timestamp": True, "bindingVersion": BINDING}
                    }
                },
                "received": {"bindings": {"amqp": {"ack": True, "bindingVersion": BINDING}}},
            },
            "securitySchemes": {
                "password": {
                    "type": "userPassword",
                    "description": "One user for each service; its permissions follow from what it sends and receives.",
                }
            },
        },
    }


class _Document:
    """Collects channels, operations and messages of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.channels: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        self.messages: dict[str, Any] = {}

    def events(self) -> None:
        """What is sent: each exchange of events, and the snapshots that are addressed to one queue."""
        for event_type in self.service.registry:
            self.messages[_key(event_type)] = message(event_type)
        for (exchange, snapshots), types in _by_channel(self.service.registry).items():
            self._channel_of_events(exchange, types, snapshots=snapshots)

    def _channel_of_events(self, exchange: str, types: Sequence[EventType], *, snapshots: bool) -> None:
        name = self.service.name
        kind = "direct" if exchange == snapshots_exchange(name) else "topic"
        channel = exchange if not snapshots or kind == "direct" else f"{exchange}.snapshots"
        parameter: dict[str, Any] = {"description": "The queue that asked; snapshots go to that queue alone."}
        if not snapshots:
            described = "Noun, verb and major version. Bind a queue with # in its place: its reader can count then."
            parameter = {"enum": [_key(each) for each in types], "description": described}
        self.channels[channel] = {
            "address": "{queue}" if snapshots else f"{name}.{{event}}",
            "title": f"Snapshots on {exchange}" if snapshots else f"Events on {exchange}",
            "parameters": {"queue" if snapshots else "event": parameter},
            "messages": {_key(each): {"$ref": f"#/components/messages/{_key(each)}"} for each in types},
            "bindings": _exchange(exchange, kind),
        }
        for each in types:
            self._operation(f"send.{_key(each)}", "send", channel, [_key(each)], each.meaning)

    def requests_received(self) -> None:
        """Requests for snapshots, and for recorded events once more, which every service may send."""
        exchange = f"{self.service.name}.requests"
        kinds = _request_types(_ASKER)
        for kind in kinds:
            self.messages[_received(kind)] = message(kind, source="^/services/[a-z0-9-]+$")
        self._channel_of_requests(exchange, {_received(kind): kind for kind in kinds}, "{asker}")
        for kind in kinds:
            self._operation(f"receive.{_key(kind)}", "receive", exchange, [_received(kind)], kind.meaning)

    def requests_sent(self, publisher: str) -> None:
        """Our own requests to one publisher."""
        exchange = f"{publisher}.requests"
        kinds = _request_types(self.service.name)
        self._channel_of_requests(exchange, {_key(kind): kind for kind in kinds}, self.service.name)
        for kind in kinds:
            self.messages[_key(kind)] = message(kind)
            self._operation(f"send.{_key(kind)}.to.{publisher}", "send", exchange, [_key(kind)], kind.meaning)

    def _channel_of_requests(self, exchange: str, kinds: Mapping[str, EventType], asker: str) -> None:
        what = {"enum": sorted(_key(kind) for kind in kinds.values()), "description": "What is asked for."}
        who = {"asker": {"description": "The service that asks."}} if asker == "{asker}" else {}
        self.channels[exchange] = {
            "address": f"{asker}.{{request}}",
            "title": f"Requests on {exchange}",
            "parameters": {**who, "request": what},
            "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in kinds},
            "bindings": _exchange(exchange, "topic"),
        }

    def events_received(self, reactions: Reactions) -> None:
        """What is read of one publisher; the messages are the publisher's."""
        queue = self.service.queue(reactions)
        keys = sorted(f"{reaction.name}.v{reaction.version}" for reaction in reactions)
        there = f"../{reactions.publisher}/asyncapi.yaml#/components/messages"
        self.channels[queue] = {
            "address": queue,
            "title": f"What {self.service.name} reads of {reactions.publisher}",
            "description": (
                f"Bound to {reactions.exchange} with {reactions.publisher}.#: events of other types come too, and "
                "only move their subject's version on."
            ),
            "messages": {key: {"$ref": f"{there}/{key}"} for key in keys},
            "bindings": {
                "amqp": {
                    "is": "queue",
                    "queue": {"name": queue, "durable": True, "exclusive": False, "autoDelete": False},
                    "bindingVersion": BINDING,
                }
            },
            "x-queue-arguments": dict(QUEUE_ARGUMENTS),
        }
        summary = f"Reads what it needs of {reactions.publisher}."
        self._operation(f"receive.{reactions.queue}", "receive", queue, keys, summary)

    def _operation(self, name: str, action: str, channel: str, keys: Iterable[str], summary: str) -> None:
        pointer = f"#/channels/{channel}"
        self.operations[name] = {
            "action": action,
            "channel": {"$ref": pointer},
            "summary": summary,
            "traits": [{"$ref": f"#/components/operationTraits/{'sent' if action == 'send' else 'received'}"}],
            "messages": [{"$ref": f"{pointer}/messages/{key}"} for key in keys],
        }


def _request_types(asker: str) -> list[EventType]:
    return [replay_type(asker), request_type(asker)]


def _received(kind: EventType) -> str:
    """The key of a message that others send, where we may send one of the same name ourselves."""
    return f"{_key(kind)}.received"


def _key(event_type: EventType) -> str:
    return f"{event_type.name}.v{event_type.version}"


def _by_channel(types: Iterable[EventType]) -> dict[tuple[str, bool], list[EventType]]:
    found: dict[tuple[str, bool], list[EventType]] = {}
    for event_type in types:
        found.setdefault((event_type.exchange, event_type.is_snapshot), []).append(event_type)
    return found


def _exchange(name: str, kind: str) -> dict[str, Any]:
    return {
        "amqp": {
            "is": "routingKey",
            "exchange": {"name": name, "type": kind, "durable": True, "autoDelete": False},
            "bindingVersion": BINDING,
        }
    }


def _server() -> dict[str, Any]:
    return {
        "title": "RabbitMQ",
        "host": "{host}:{port}",
        "pathname": "/{vhost}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": "The one broker of a centre; BUS_URL of each service names it.",
        "variables": {
            "host": {"default": "rabbitmq", "description": "The broker's name in the network of the containers."},
            "port": {"default": "5672", "description": "AMQP without TLS; 5671 with it."},
            "vhost": {"default": "yizhan", "description": "The virtual host."},
        },
        "security": [{"$ref": "#/components/securitySchemes/password"}],
    }

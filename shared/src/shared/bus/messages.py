"""What travels over the bus, as this suite sees it: bytes with a few properties, and what became of them.

The envelope inside the body belongs to `shared.events`; nothing here reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

CLOUD_EVENTS = "application/cloudevents+json"


class DatabaseAway(Exception):
    """Raised by whoever takes received messages when it cannot store them now; nothing was taken."""


class Outcome(Enum):
    """What the bus said about one published message."""

    CONFIRMED = "confirmed"
    """Stored by every queue that is bound for it."""
    UNROUTED = "unrouted"
    """Refused because no queue is bound for it, or because its exchange does not exist."""
    UNKNOWN = "unknown"
    """Nacked, timed out, or the link was lost: it may be stored or not, publish it again."""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to publish. `message_id` is unique within one call of `Publisher.publish`."""

    message_id: str
    exchange: str
    routing_key: str
    body: bytes = field(repr=False)
    type: str
    app_id: str
    timestamp: datetime
    correlation_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = CLOUD_EVENTS


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message as it arrived: raw bytes, and whatever its sender (not necessarily ours) said about it."""

    queue: str
    body: bytes = field(repr=False)
    content_type: str | None
    content_encoding: str | None
    headers: Mapping[str, object]
    message_id: str | None
    type: str | None
    app_id: str | None
    redelivered: bool
    delivery_tag: int
    """Order of arrival on this link; `Receiver` acknowledges by it."""

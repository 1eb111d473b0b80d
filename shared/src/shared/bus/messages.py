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
    """What the bus said about one published message. The values are stable codes."""

    CONFIRMED = "confirmed"
    """Stored by every queue that is bound for it."""
    UNKNOWN = "unknown"
    """Nacked, timed out, or the link was lost: it may be stored or not, publish it again."""
    NO_QUEUE = "no-queue"
    """No queue is bound for it."""
    NO_EXCHANGE = "no-exchange"
    """Its exchange does not exist."""
    FORBIDDEN = "forbidden"
    """This user may not publish to its exchange, or not under its routing key."""
    TOO_LARGE = "too-large"
    """Larger than the broker takes."""
    REFUSED = "refused"
    """The broker ends the connection over it, for another reason than those above."""

    @property
    def is_final(self) -> bool:
        """Whether the bus would say the same of the message again: set it aside, and go on with the others."""
        return self not in (Outcome.CONFIRMED, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to publish. No other of one call of `Publisher.publish` has the same id and address."""

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

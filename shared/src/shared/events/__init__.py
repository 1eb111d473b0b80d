"""Events: what their envelope looks like and how a service declares the ones it publishes."""

from shared.events.declaration import EventType, NotAsDeclared, Registry
from shared.events.envelope import CONTENT_TYPE, Envelope, Malformed, parse, rfc3339

__all__ = [
    "CONTENT_TYPE",
    "Envelope",
    "EventType",
    "Malformed",
    "NotAsDeclared",
    "Registry",
    "parse",
    "rfc3339",
]

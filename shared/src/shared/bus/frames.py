"""A published message as the frames that carry it (AMQP 0-9-1, sections 2.3.5 and 4.2), written straight away.

The client library would write the same bytes, value by value: half of what publishing costs. What every message
repeats, the names of headers and the method frame of an address, is encoded once.
"""

from __future__ import annotations

from functools import lru_cache
from struct import pack

from shared.bus.messages import OutboundMessage

PERSISTENT = 2
MOST_SHORT = 255
"""Bytes of a short string."""

_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
_FRAME_OVERHEAD = 8
_BASIC, _PUBLISH = 60, 40
_MANDATORY = b"\x01"
"""The first of the two bits that a publish carries; the other one asks for immediate delivery."""
_CONTENT_TYPE, _HEADERS, _DELIVERY_MODE, _CORRELATION_ID = 1 << 15, 1 << 13, 1 << 12, 1 << 10
_MESSAGE_ID, _TIMESTAMP, _TYPE, _APP_ID = 1 << 7, 1 << 6, 1 << 5, 1 << 3
_ALWAYS = _CONTENT_TYPE | _HEADERS | _DELIVERY_MODE | _MESSAGE_ID | _TIMESTAMP | _TYPE | _APP_ID


class Unwritable(ValueError):
    """A message that no frame can hold; the text names what is too long."""


def frames_of(message: OutboundMessage, channel: int, frame_max: int) -> bytes:
    """Everything that goes over the wire to publish a message, mandatory, on this channel; raises Unwritable."""
    body = message.body
    header = pack(">HHQ", _BASIC, 0, len(body)) + properties_of(message)
    most = frame_max - _FRAME_OVERHEAD
    if len(header) > most:
        raise Unwritable(f"headers of {len(header)} bytes do not fit into a frame of {frame_max}")
    parts = [
        _method_frame(message.exchange, message.routing_key, channel),
        pack(">BHI", _HEADER, channel, len(header)),
        header,
        _END,
    ]
    for start in range(0, len(body), most):
        piece = body[start : start + most]
        parts += (pack(">BHI", _BODY, channel, len(piece)), piece, _END)
    return b"".join(parts)


def properties_of(message: OutboundMessage) -> bytes:
    """The properties of a message, which repeat what the envelope in its body says; raises Unwritable."""
    table = b"".join([_name(name) + _long(value) for name, value in message.headers.items()])
    flags, correlation = _ALWAYS, b""
    if message.correlation_id is not None:
        flags |= _CORRELATION_ID
        correlation = _short(message.correlation_id)
    return b"".join(
        (
            pack(">H", flags),
            _repeated(message.content_type),
            pack(">I", len(table)),
            table,
            pack(">B", PERSISTENT),
            correlation,
            _short(message.message_id),
            pack(">Q", int(message.timestamp.timestamp())),
            _repeated(message.type),
            _repeated(message.app_id),
        )
    )


def _short(text: str) -> bytes:
    value = text.encode()
    if len(value) > MOST_SHORT:
        raise Unwritable(f"{text[:40]!r}... has {len(value)} bytes, more than {MOST_SHORT}")
    return bytes((len(value),)) + value


_repeated = lru_cache(maxsize=1024)(_short)


def _long(text: str) -> bytes:
    value = text.encode()
    return pack(">I", len(value)) + value


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    """The name of a header and the mark of a long string, which all their values are."""
    return _short(name) + b"S"


@lru_cache(maxsize=1024)
def _method_frame(exchange: str, routing_key: str, channel: int) -> bytes:
    arguments = pack(">HHH", _BASIC, _PUBLISH, 0) + _short(exchange) + _short(routing_key) + _MANDATORY
    return pack(">BHI", _METHOD, channel, len(arguments)) + arguments + _END

"""The frames that we write, byte for byte against those of the client library."""

from datetime import UTC, datetime

import pytest
from amqp.basic_message import Message
from amqp.method_framing import frame_writer
from amqp.serialization import dumps
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import OutboundMessage
from shared.bus.frames import Unwritable, frames_of
from shared.bus.spool_publishing import properties_of


class Wire:
    """Stands where amqp's connection and transport stand, and keeps what is written."""

    def __init__(self, frame_max: int) -> None:
        self.frame_max = frame_max
        self.bytes_sent = 0
        self.written = b""

    def write(self, data: bytes | memoryview) -> None:
        self.written += bytes(data)


def as_the_library_writes_it(message: OutboundMessage, channel: int, frame_max: int) -> bytes:
    wire = Wire(frame_max)
    content = Message(
        message.body,
        content_type=message.content_type,
        application_headers=dict(message.headers),
        **properties_of(message),
    )
    arguments = dumps("Bssbb", (0, message.exchange, message.routing_key, True, False))
    frame_writer(wire, wire)(1, channel, (60, 40), arguments, content)
    return wire.written


names = st.text(st.characters(codec="utf-8"), max_size=60)
messages = st.builds(
    OutboundMessage,
    message_id=names,
    exchange=names,
    routing_key=names,
    body=st.binary(max_size=600),
    type=names,
    app_id=names,
    timestamp=st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    correlation_id=st.none() | names,
    headers=st.dictionaries(names, st.text(max_size=300), max_size=8),
)


@given(messages, st.integers(1, 2047))
def test_what_is_written_is_what_the_client_library_writes(message: OutboundMessage, channel: int) -> None:
    assert frames_of(message, channel, 131_072) == as_the_library_writes_it(message, channel, 131_072)


def test_a_body_larger_than_a_frame_is_written_in_pieces() -> None:
    message = OutboundMessage("1", "e", "k", bytes(range(256)) * 40, "t", "a", datetime.now(UTC))
    assert frames_of(message, 1, 4096) == as_the_library_writes_it(message, 1, 4096)


@pytest.mark.parametrize(
    "changed",
    [{"routing_key": "k" * 256}, {"correlation_id": "\N{GRINNING FACE}" * 80}, {"headers": {"a": "x" * 5000}}],
)
def test_what_no_frame_can_hold_is_refused(changed: dict[str, object]) -> None:
    fields = {"message_id": "1", "exchange": "e", "routing_key": "k", "body": b"", "type": "t", "app_id": "a"}
    message = OutboundMessage(**{**fields, "timestamp": datetime.now(UTC), **changed})  # type: ignore[arg-type]
    with pytest.raises(Unwritable):
        frames_of(message, 1, 4096)

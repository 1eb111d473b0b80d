"""The spans of messages on their way, by OpenTelemetry's messaging conventions.

An event carries the ``traceparent`` of the span that recorded it, its creation context. Its publishing and its
processing are spans below that one, in the same trace however many events travel together; the processing is linked to
it as well, as the conventions ask.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind

from shared.bus.messages import OutboundMessage, Outcome
from shared.events.envelope import Envelope
from shared.operations import tracing
from shared.operations.logs import about

_TRACEPARENT_HEADER = "cloudEvents_traceparent"


def published(messages: Sequence[OutboundMessage], outcomes: Sequence[Outcome], started: int, bus_url: str) -> None:
    """One producer span for each message that the bus answered for, from ``started`` (nanoseconds) to now."""
    if not tracing.recording():
        return
    for message, outcome in zip(messages, outcomes, strict=True):
        if outcome is Outcome.UNKNOWN:
            continue
        span = tracing.start(
            f"send {message.exchange}",
            SpanKind.PRODUCER,
            parent=tracing.read(message.headers.get(_TRACEPARENT_HEADER)),
            attributes={
                "messaging.system": _system(bus_url),
                "messaging.operation.type": "send",
                "messaging.operation.name": "publish",
                "messaging.destination.name": message.exchange,
                "messaging.rabbitmq.destination.routing_key": message.routing_key,
                "messaging.message.id": message.message_id,
                "messaging.message.conversation_id": message.correlation_id or "",
                "yizhan.outcome": outcome.value,
            },
            start_time=started,
        )
        span.end()


@contextmanager
def processing(envelope: Envelope, queue: str, attempt: int, bus_url: str) -> Iterator[Span]:
    """The consumer span of one event, to be ended by its handler (see ``tracing.going_on``); log lines name the event.

    An event that only moves its subject's position on, or waits, is not worth a span.
    """
    created = tracing.read(envelope.traceparent)
    span = tracing.start(
        f"process {queue}",
        SpanKind.CONSUMER,
        parent=created,
        links=(created,) if created else (),
        attributes={
            "messaging.system": _system(bus_url),
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": queue,
            "messaging.message.id": str(envelope.id),
            "messaging.message.conversation_id": envelope.correlationid or "",
            "yizhan.event.type": envelope.type,
            "yizhan.attempt": attempt,
        },
    )
    with about(envelope.correlationid or str(envelope.id), str(envelope.id)), tracing.going_on(span):
        yield span


def _system(bus_url: str) -> str:
    return "rabbitmq" if bus_url.startswith("amqp") else "yizhan_spool"

"""One trace from a request through outbox, bus and inbox to its effects: spans, and the ids that tie them together.

Ids are always made and passed on (W3C Trace Context), so that log lines and events of several services can be put
together. Spans are recorded and exported only where the environment names a collector (see ``exporting``); without
one a span is two random numbers. Spans hold route templates, event types and ids of events: no address, no query, no
text of an error, nothing about people.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as current_context
from opentelemetry import trace
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

Attributes = Mapping[str, str | int]

_chance = random.SystemRandom()
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_recording: Tracer | None = None


def record_with(tracer: Tracer | None) -> None:
    """From now on this process records its spans with this tracer; None: it only makes ids."""
    global _recording
    _recording = tracer


def recording() -> bool:
    """Whether spans go anywhere, so that work done only for them can be left undone."""
    return _recording is not None


def read(traceparent: str | None) -> SpanContext | None:
    """What a ``traceparent`` names; None when there is none or it is malformed (W3C Trace Context, section 3.2)."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more):
        return None
    named = SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16) & TraceFlags.SAMPLED))
    return named if named.is_valid else None


def write(named: SpanContext) -> str:
    """The ``traceparent`` that names a span."""
    return f"00-{named.trace_id:032x}-{named.span_id:016x}-{named.trace_flags:02x}"


def traceparent() -> str | None:
    """The ``traceparent`` of the span that is going on here; None outside of any."""
    named = trace.get_current_span().get_span_context()
    return write(named) if named.is_valid else None


def trace_id(traceparent: str | None) -> str | None:
    """The id of the trace that a ``traceparent`` names, as log lines carry it."""
    named = read(traceparent)
    return f"{named.trace_id:032x}" if named else None


def start(
    name: str,
    kind: SpanKind,
    *,
    parent: SpanContext | None = None,
    attributes: Attributes | None = None,
    links: tuple[SpanContext, ...] = (),
    start_time: int | None = None,
) -> Span:
    """A span below ``parent``, or the first one of a new trace. Only one that is ended is exported."""
    if _recording is None:
        return NonRecordingSpan(_below(parent))
    held = trace.set_span_in_context(NonRecordingSpan(parent) if parent else trace.INVALID_SPAN)
    return _recording.start_span(
        name, held, kind, dict(attributes or {}), [Link(each) for each in links], start_time, record_exception=False
    )


def _below(parent: SpanContext | None) -> SpanContext:
    """Ids of a span that nobody records. A caller's wish to have the trace recorded is passed on."""
    if parent is None:
        return SpanContext(_chance.getrandbits(128) or 1, _chance.getrandbits(64) or 1, False)
    return SpanContext(parent.trace_id, _chance.getrandbits(64) or 1, False, parent.trace_flags)


@contextmanager
def going_on(span: Span) -> Iterator[Span]:
    """The span is the current one inside. Whoever began it ends it, but an exception ends it as failed, by its type.

    That way a span of nothing (a timer that found no work) can be left unended, and is not exported.
    """
    token = current_context.attach(trace.set_span_in_context(span))
    try:
        yield span
    except BaseException as error:
        fail(span, type(error).__name__)
        span.end()
        raise
    finally:
        current_context.detach(token)


def fail(span: Span, error_type: str) -> None:
    """Mark a span as failed. What an error says may hold personal data; its type does not."""
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))

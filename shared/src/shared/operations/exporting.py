"""Sending spans to a collector by OTLP over HTTP, where the standard OTEL_* variables name one.

The SDK is imported only then. Nobody waits for the collector: spans lie in a bounded queue, and are dropped when it is
full. To be called in each process after it has forked.
"""

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.operations import tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_CLOSE_SECONDS = 1.5
_provider: "TracerProvider | None" = None


def is_configured(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector and does not switch tracing off."""
    switched_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return (
        not switched_off
        and environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"
        and any(environ.get(name) for name in _ENDPOINTS)
    )


def configure(service: str, role: str) -> None:
    """Export the spans of this process from now on, if the environment asks for it.

    ValueError when it asks for another protocol than HTTP with protobuf, the only one that is built in.
    """
    global _provider
    if not is_configured(os.environ):
        return
    for name in _PROTOCOLS:
        if os.environ.get(name, "http/protobuf") != "http/protobuf":
            raise ValueError(f"{name} is {os.environ[name]}: spans are sent by http/protobuf only")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    resource = Resource.create({**named, "service.namespace": "yizhan", "yizhan.process": role})
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracing.record_with(_provider.get_tracer("yizhan.shared"))


def close() -> None:
    """Send what is left, for a moment: a collector that is away does not hold up the end of a process."""
    global _provider
    provider, _provider = _provider, None
    if provider is None:
        return
    tracing.record_with(None)
    ending = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
    ending.start()
    ending.join(_CLOSE_SECONDS)

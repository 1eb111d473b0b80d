"""A collector of spans for tests: a real server that takes OTLP over HTTP and remembers what came."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class CollectedSpan:
    """One span; ids in hexadecimal digits, ``parent_id`` empty for the first of a trace."""

    service: str
    process: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    attributes: Mapping[str, Any]
    failed: bool
    started: int
    ended: int


class Collector:
    """What came in, in the order of arrival."""

    def __init__(self) -> None:
        self.spans: list[CollectedSpan] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def environ(self) -> dict[str, str]:
        """What makes a process send its spans here, soon."""
        host, port = self._server.server_address[:2]
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host!s}:{port}", "OTEL_BSP_SCHEDULE_DELAY": "200"}

    def of_trace(self, trace_id: str) -> list[CollectedSpan]:
        """The spans of one trace, in the order of their beginning."""
        return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.started)

    def serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="collector", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for of_process in request.resource_spans:
            resource = _attributes(of_process.resource.attributes)
            for scope in of_process.scope_spans:
                self.spans += [_span(resource, each) for each in scope.spans]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                known = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
                if known:
                    collector.take(body)
                self.send_response(200 if known else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """A test reads the spans, not the log."""

        return Handler


@contextmanager
def collector() -> Iterator[Collector]:
    made = Collector()
    made.serve()
    try:
        yield made
    finally:
        made.close()


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}


def _span(resource: Mapping[str, Any], span: Any) -> CollectedSpan:
    return CollectedSpan(
        service=resource.get("service.name", ""),
        process=resource.get("yizhan.process", ""),
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=tuple(link.span_id.hex() for link in span.links),
        attributes=_attributes(span.attributes),
        failed=span.status.code == 2,
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
    )

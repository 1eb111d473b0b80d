"""Which request this is: ``X-Request-ID``, which is also the correlation id of its events and log lines, and its span.

A request goes on with the trace that its ``traceparent`` names, or begins one; the answer names both.
"""

import logging
import re
import time

from flask import Flask, Response, g, request
from opentelemetry import context as current_context
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from shared.identifiers import new_id
from shared.operations import tracing
from shared.operations.logs import correlation

HEADER = "X-Request-ID"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_UNNOTED = ("/healthz", "/readyz", "/metrics")
log = logging.getLogger(__name__)
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,80}")


def register(app: Flask) -> None:
    """Take the caller's ids when they are harmless, make new ones otherwise, and answer with them."""

    @app.before_request
    def take() -> None:
        given = request.headers.get(HEADER, "")
        g.correlation_id = given if _ACCEPTED.fullmatch(given) else str(new_id())
        g.started = time.perf_counter()
        correlation.set(g.correlation_id)
        g.span = tracing.start(
            _name(), SpanKind.SERVER, parent=tracing.read(request.headers.get("traceparent")), attributes=_attributes()
        )
        g.span_held = current_context.attach(trace.set_span_in_context(g.span))

    @app.after_request
    def answer(response: Response) -> Response:
        if "correlation_id" in g:
            response.headers[HEADER] = g.correlation_id
            response.headers["traceparent"] = tracing.write(g.span.get_span_context())
            _note(response)
        return response

    @app.teardown_request
    def leave(error: BaseException | None) -> None:
        held = g.pop("span_held", None)
        if held is not None:
            current_context.detach(held)


def _name() -> str:
    return f"{_method()} {request.url_rule.rule}" if request.url_rule else _method()


def _method() -> str:
    return request.method if request.method in _METHODS else "_OTHER"


def _attributes() -> dict[str, str | int]:
    """By the conventions for HTTP servers, but for the address: only its template, which names nobody."""
    route = {"http.route": request.url_rule.rule} if request.url_rule else {}
    return {"http.request.method": _method(), "url.scheme": request.scheme, **route}


def _note(response: Response) -> None:
    """One log line and one span for each request that somebody made: by its route template, which holds no ids."""
    route = request.url_rule.rule if request.url_rule else None
    if route in _UNNOTED or (request.endpoint or "").endswith("static"):
        return
    _end(g.span, response.status_code)
    log.info(
        "request answered",
        extra={
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - g.started) * 1000, 1),
        },
    )


def _end(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        tracing.fail(span, str(status))
    span.end()

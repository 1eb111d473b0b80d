"""Which request this is: ``X-Request-ID`` in and out, which is also the correlation id of its events and log lines."""

import logging
import re
import time

from flask import Flask, Response, g, request

from shared.identifiers import new_id
from shared.operations.logs import correlation

HEADER = "X-Request-ID"
_UNNOTED = ("/healthz", "/readyz", "/metrics")
log = logging.getLogger(__name__)
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent() -> str | None:
    """The caller's W3C trace context, when it is well formed."""
    given = request.headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else None


def register(app: Flask) -> None:
    """Take the caller's id when it is harmless, make one otherwise, and answer with it."""

    @app.before_request
    def take() -> None:
        given = request.headers.get(HEADER, "")
        g.correlation_id = given if _ACCEPTED.fullmatch(given) else str(new_id())
        g.started = time.perf_counter()
        correlation.set(g.correlation_id)

    @app.after_request
    def answer(response: Response) -> Response:
        if "correlation_id" in g:
            response.headers[HEADER] = g.correlation_id
            _note(response)
        return response


def _note(response: Response) -> None:
    """One log line for each request that somebody made: by its route template, which holds no names and no ids."""
    route = request.url_rule.rule if request.url_rule else None
    if route in _UNNOTED or (request.endpoint or "").endswith("static"):
        return
    log.info(
        "request answered",
        extra={
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - g.started) * 1000, 1),
        },
    )

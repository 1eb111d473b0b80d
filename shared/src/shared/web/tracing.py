"""Which request this is: ``X-Request-ID`` in and out, which is also the correlation id of its events."""

import re

from flask import Flask, Response, g, request

from shared.identifiers import new_id

HEADER = "X-Request-ID"
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

    @app.after_request
    def answer(response: Response) -> Response:
        if "correlation_id" in g:
            response.headers[HEADER] = g.correlation_id
        return response

"""Pages are compressed for the reader who asked for them, and for nobody who made the browser ask.

A page that repeats part of its address beside a secret gives the secret away by its compressed length (BREACH). That
needs requests that another site starts, so only requests that a browser says come from here are answered compressed.
"""

import gzip

from flask import Flask, Response, request

SMALLEST = 1024
"""Bytes below which compressing is not worth it."""
_OWN = ("same-origin", "none")


def register(app: Flask) -> None:
    @app.after_request
    def compress(response: Response) -> Response:
        if (
            response.mimetype not in ("text/html", "image/svg+xml")
            or response.direct_passthrough
            or "Content-Encoding" in response.headers
            or request.headers.get("Sec-Fetch-Site") not in _OWN
            or not request.accept_encodings["gzip"]
            or len(response.get_data()) < SMALLEST
        ):
            return response
        response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        return response

"""Security headers on every answer, and the limits of what a request may carry."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

MAX_CONTENT_LENGTH = 16 * 1024 * 1024
MAX_FORM_MEMORY = 2 * 1024 * 1024
_POLICY = (
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


def allow_form_target(address: str) -> None:
    """Let a form on the page of this request lead on to the origin of another address, by a redirect."""
    g.setdefault("form_targets", []).append(address)


def policy(form_targets: Iterable[str] = ()) -> str:
    """The Content-Security-Policy; ``form_targets`` are addresses to whose origins a form may lead."""
    origins = dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, form_targets))
    return "; ".join((*_POLICY, " ".join(("form-action 'self'", *origins))))


def _policy_here(usual: str, targets: tuple[str, ...]) -> str:
    more = g.get("form_targets")
    return policy((*targets, *more)) if more else usual


def register(app: Flask, *, https: bool, form_targets: Iterable[str] = ()) -> None:
    """Every answer of the application carries them; HSTS only where the suite is reached over https."""
    targets = tuple(form_targets)
    usual = policy(targets)
    app.config["MAX_CONTENT_LENGTH"] = MAX_CONTENT_LENGTH
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_MEMORY

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _policy_here(usual, targets))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if not (request.endpoint or "").endswith("static"):
            headers.setdefault("Cache-Control", "no-store")
        return response

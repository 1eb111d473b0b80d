"""Entity tags (RFC 9110, section 8.8.3) from the ``version`` column of what people edit."""

from typing import Any, Protocol

from flask import Response, after_this_request, request
from werkzeug.exceptions import PreconditionRequired

from shared.refusal import Stale


class Versioned(Protocol):
    version: Any


def set_etag(row: Versioned) -> None:
    """The answer of this request carries the row's version as its ETag."""
    tag = str(row.version)

    @after_this_request
    def add(response: Response) -> Response:
        response.set_etag(tag)
        return response


def check_if_match(row: Versioned) -> None:
    """Stale (412) unless If-Match names the row's version; 428 when the request has no If-Match at all."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired("Send If-Match with the ETag of what you read.")
    if not request.if_match.contains(str(row.version)):
        raise Stale(row.version)

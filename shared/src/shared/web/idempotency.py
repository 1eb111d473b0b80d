"""``Idempotency-Key`` on API POSTs: the key, the command and its events are one transaction.

Same key and same body: the same answer, from the resource as it is now. Same key and another body: 422. The
first request still running: 409 (PostgreSQL; on SQLite the second one waits for the writer and then repeats the
answer). A refused command leaves no key behind, so correcting the input and trying again is a new request.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import request
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.refusal import NotFound, Refused
from shared.staff.models import IdempotencyKey
from shared.texts import N_
from shared.web.context import principal, runtime, unit_of_work

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
View = TypeVar("View", bound=Callable[..., Any])
Load = Callable[[Session, Any], Any]


def idempotent(*, load: Load, status: int = 201) -> Callable[[View], View]:
    """Innermost decorator of an API POST. The view gets the unit of work first and returns what it made.

    ``load(session, id)`` reads that resource again; its result is what the response schema dumps, at the first
    answer and at each repetition, so it must load everything the schema shows. Requests without the header run
    once each.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
            key = request.headers.get(HEADER)
            if key is not None and not 1 <= len(key) <= 255:
                raise Refused(
                    "idempotency-key-malformed",
                    N_("An idempotency key has 1 to 255 characters."),
                    status=400,
                )
            with unit_of_work() as work:
                known = _reserve(work, key) if key is not None else None
                if known is not None:
                    resource_id = known.resource_id
                else:
                    resource_id = str(view(self, work, *args, **kwargs).id)
                    if key is not None:
                        _keep(work, key, resource_id, status)
                    work.session.flush()
                found = load(work.session, _as_id(resource_id))
                if found is None:
                    raise NotFound("resource")
                return found

        setattr(answer, "_idempotent", True)  # noqa: B010 - read when the API is documented
        _document(answer)
        return cast(View, answer)

    return decorate


def body_hmac() -> bytes:
    """What was asked, without keeping it: JSON in one canonical form, so that key order makes no difference."""
    body = request.get_data(cache=True)
    parsed = request.get_json(silent=True) if request.is_json else None
    if parsed is not None:
        body = json.dumps(parsed, sort_keys=True, separators=(",", ":")).encode()
    asked = request.query_string + b"\n" + body
    secret = hmac.digest(runtime().settings.secret_key.encode(), b"idempotency", "sha256")
    return hmac.digest(secret, asked, "sha256")


def _reserve(work: UnitOfWork, key: str) -> IdempotencyKey | None:
    """The kept request of this key, or None when this one is the first; holds the key until the commit."""
    if runtime().database.dialect == "postgresql":
        name = f"idempotency {principal().key} {request.path} {key}"
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        held = work.session.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number})
        if not held.scalar_one():
            raise Refused(
                "request-still-running",
                N_("The same request is still being worked on. Ask again in a moment."),
                status=409,
            )
    known = work.session.get(IdempotencyKey, (principal().key, _route(), key))
    if known is None:
        return None
    if known.expires_at <= work.now:
        work.session.delete(known)
        work.session.flush()
        return None
    if not hmac.compare_digest(known.body_hmac, body_hmac()):
        raise Refused(
            "idempotency-key-reused",
            N_("This idempotency key was used for another request."),
            status=422,
        )
    return known


def _keep(work: UnitOfWork, key: str, resource_id: str, status: int) -> None:
    work.session.add(
        IdempotencyKey(
            principal=principal().key,
            route=_route(),
            key=key,
            body_hmac=body_hmac(),
            status=status,
            resource_id=resource_id,
            expires_at=work.now + KEPT,
        )
    )


def _route() -> str:
    """The address itself, not its template: the same key on another activity is another request."""
    route = f"{request.method} {request.path}"
    return route if len(route) <= 300 else f"{request.method} {hashlib.sha256(route.encode()).hexdigest()}"


def _as_id(resource_id: str) -> Any:
    try:
        return UUID(resource_id)
    except ValueError:
        return resource_id


def _document(view: Any) -> None:
    """Show the header in the API's documentation."""
    documented = getattr(view, "_apidoc", {})
    arguments = documented.setdefault("arguments", {})
    arguments.setdefault("parameters", []).append("IdempotencyKey")
    view._apidoc = documented

"""Forms that are sent twice (a double click, "back" and again) are carried out once.

The kit puts a random token into every form. The first unit of work of a request uses it up in its own
transaction; a second one with the same token finds it used.
"""

import hashlib

from flask import g, request
from sqlalchemy.exc import IntegrityError

from shared.database import UnitOfWork
from shared.staff.models import IdempotencyKey
from shared.web.context import principal
from shared.web.idempotency import KEPT

FIELD = "submission"


class AlreadySubmitted(Exception):
    """The form was carried out before; nothing was done this time."""


def use_up(work: UnitOfWork) -> None:
    """Use the form's token up, when the request has one. AlreadySubmitted when it was used."""
    token = request.form.get(FIELD, "") if request.method == "POST" and not request.is_json else ""
    if not token or g.get("submission_used_up") or request.path.startswith("/api/"):
        return
    g.submission_used_up = True
    digest = hashlib.sha256(token.encode()).digest()
    held = IdempotencyKey(
        principal=principal().key,
        route=f"POST {request.path}"[:300],
        key=digest.hex(),
        body_hmac=digest,
        status=303,
        resource_id="",
        expires_at=work.now + KEPT,
    )
    work.session.add(held)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise AlreadySubmitted from error

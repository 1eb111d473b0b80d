"""What the views of this service ask of the current request, besides what shared.web gives."""

from datetime import date
from uuid import UUID

from flask import request

from membership.settings import Centre
from shared.web import runtime


def centre() -> Centre:
    """Keys and calendar of this process."""
    return Centre.of(runtime().settings)


def today() -> date:
    """The day at the centre."""
    return centre().today(runtime().clock())


def argument_id(name: str) -> UUID | None:
    """An id in the page's address; what is malformed counts as absent."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def argument_date(name: str) -> date | None:
    """A day in the page's address; what is malformed counts as absent."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None

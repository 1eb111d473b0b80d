"""What the current request works with: the runtime, who is asking, and units of work in their name.

Only meaningful inside a request of an application made by :func:`shared.web.create_app`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import current_app, g
from sqlalchemy.orm import Session

from shared import faults
from shared.principal import Principal
from shared.runtime import Runtime

if TYPE_CHECKING:
    from shared.database import UnitOfWork

EXTENSION = "yizhan"
ANONYMOUS = Principal(id=None, name="", kind="anonymous")


def runtime() -> Runtime:
    """The runtime that this application was made with."""
    held: Runtime = current_app.extensions[EXTENSION].runtime
    return held


def principal() -> Principal:
    """Who is asking; a principal without grants where nobody has signed in."""
    held: Principal = g.get("principal", ANONYMOUS)
    return held


def correlation_id() -> str:
    """The id that ties this request to its log lines and events; also the answer's ``X-Request-ID``."""
    held: str = g.correlation_id
    return held


@contextmanager
def reading() -> Iterator[Session]:
    """A session for queries only."""
    with runtime().reading() as session:
        yield session


@contextmanager
def unit_of_work() -> Iterator["UnitOfWork"]:
    """A unit of work in the name of who is asking; commits when left in peace.

    A form's submission token (the kit puts one into every form) is used up in the same commit, so that a
    second submission of the same form raises :class:`shared.web.submissions.AlreadySubmitted`.
    """
    from shared.web.submissions import use_up

    faults.acting.set("web")
    with runtime().unit_of_work(actor=principal(), correlation_id=correlation_id()) as work:
        use_up(work)
        yield work
    g.committed = True

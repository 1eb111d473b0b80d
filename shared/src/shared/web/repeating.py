"""Running a view again whose transaction had to give way to another one."""

import logging

from flask import Flask, g
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from shared.database import was_deadlocked

log = logging.getLogger(__name__)

MOST = 4


class RepeatingFlask(Flask):
    """Flask that repeats a view after a deadlock.

    PostgreSQL rolls the chosen transaction back whole, so nothing has happened, unless the view had committed another
    one before; then the error stands.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        for _ in range(MOST - 1):
            try:
                return super().dispatch_request()
            except DBAPIError as error:
                if not was_deadlocked(error) or g.get("committed"):
                    raise
                g.pop("submission_used_up", None)
                log.info("a deadlock was resolved against this request; it is carried out again")
        return super().dispatch_request()

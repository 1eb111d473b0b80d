"""What happens to an event whose handling failed: it is tried again with growing pauses, and then needs a person.

An event is tried ``MAX_ATTEMPTS`` times. The pause after the first failure is about one second and doubles with each
further one, up to five minutes; together that is about eight and a half minutes. Each pause is shorter or longer by up
to a quarter, so that what failed together is not tried again together.
"""

import json
import logging
import random
from datetime import datetime, timedelta

from shared.database.tables import InboxRow
from shared.operations import tracing

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
JITTER = 0.25
_KEPT_CHARACTERS = 1000


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    doubled: timedelta = FIRST_PAUSE * 2 ** (attempts - 1)
    return min(doubled, LONGEST_PAUSE) * random.uniform(1 - JITTER, 1 + JITTER)


def note_failure(row: InboxRow, error: BaseException, now: datetime) -> None:
    """Count a failed attempt of a waiting row, and say when it is due again or that it needs attention."""
    row.attempts += 1
    row.error = f"{type(error).__name__}: {_without_parameters(error)}"[:_KEPT_CHARACTERS]
    if row.attempts >= MAX_ATTEMPTS:
        row.status = "attention"
    else:
        row.next_attempt_at = now + pause(row.attempts)
    traceparent = json.loads(row.body or "{}").get("traceparent")
    log.warning(
        "event failed",
        extra={
            "event_id": str(row.event_id),
            "event_type": row.type,
            "attempts": row.attempts,
            "correlation_id": row.correlation_id,
            "trace_id": tracing.trace_id(traceparent),
        },
    )


def _without_parameters(error: BaseException) -> str:
    """The error's words without the statement and its values, which may hold personal data."""
    original = getattr(error, "orig", None)
    if original is None:
        return str(error)
    return str(original).split("DETAIL:", 1)[0].strip()

"""The kinds of deliveries: which rows each one holds, and in which order they are listed.

Conditions are written as literals, so that both engines recognise the partial indexes that keep the lists of open
things fast beside a million finished ones.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage
from shared.texts import N_


@dataclass(frozen=True)
class Kind:
    """``conditions`` choose the rows of ``model``; ``order`` are the columns of its list, ending with the id.

    ``happened`` is the time that since and until speak of. ``open`` says that something is still to happen, so that
    there are normally few; the lists of what is not open are read from their newest end, a stretch at a time.
    """

    name: str
    label: str
    model: Any
    conditions: tuple[ColumnElement[bool], ...]
    order: tuple[Any, ...]
    happened: Any
    newest_first: bool = False
    open: bool = True


def _status(*values: str) -> ColumnElement[bool]:
    known: list[Any] = [bindparam(None, value, literal_execute=True) for value in values]
    return InboxRow.status == known[0] if len(known) == 1 else InboxRow.status.in_(known)


_NONE: Any = bindparam("no_attempts", 0, literal_execute=True)
ATTENTION = Kind(
    "attention",
    N_("Needs attention"),
    InboxRow,
    (_status("attention"),),
    (InboxRow.id,),
    InboxRow.received_at,
)
RETRYING = Kind(
    "retrying",
    N_("Being retried"),
    InboxRow,
    (_status("waiting"), InboxRow.attempts > _NONE),
    (InboxRow.next_attempt_at, InboxRow.id),
    InboxRow.received_at,
)
WAITING = Kind(
    "waiting",
    N_("Waiting to be processed"),
    InboxRow,
    (_status("waiting"), InboxRow.attempts == _NONE),
    (InboxRow.next_attempt_at, InboxRow.id),
    InboxRow.received_at,
)
REFUSED = Kind(
    "refused",
    N_("Refused"),
    RefusedMessage,
    (RefusedMessage.seen_at.is_(None),),
    (RefusedMessage.id,),
    RefusedMessage.received_at,
    newest_first=True,
)
HANDLED = Kind(
    "handled",
    N_("Handled lately"),
    InboxRow,
    (_status("done", "passed", "late", "skipped"),),
    (InboxRow.id,),
    InboxRow.received_at,
    newest_first=True,
    open=False,
)
NOTED = Kind(
    "noted",
    N_("Refused and noted"),
    RefusedMessage,
    (RefusedMessage.seen_at.is_not(None),),
    (RefusedMessage.id,),
    RefusedMessage.received_at,
    newest_first=True,
    open=False,
)
UNPUBLISHED = Kind(
    "unpublished",
    N_("Waiting to be published"),
    OutboxRow,
    (OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None)),
    (OutboxRow.id,),
    OutboxRow.recorded_at,
)
UNROUTED = Kind(
    "unrouted",
    N_("Unrouted"),
    OutboxRow,
    (OutboxRow.unrouted_at.is_not(None),),
    (OutboxRow.id,),
    OutboxRow.recorded_at,
    newest_first=True,
)
PUBLISHED = Kind(
    "published",
    N_("Published lately"),
    OutboxRow,
    (OutboxRow.published_at.is_not(None),),
    (OutboxRow.id,),
    OutboxRow.recorded_at,
    newest_first=True,
    open=False,
)

FROM_OTHERS = (ATTENTION, RETRYING, WAITING, REFUSED, HANDLED, NOTED)
OUR_OWN = (UNPUBLISHED, UNROUTED, PUBLISHED)
KINDS = {kind.name: kind for kind in (*FROM_OTHERS, *OUR_OWN)}
FAILING = (ATTENTION, RETRYING)
URGENT = (ATTENTION, UNROUTED, REFUSED)
"""Where nothing goes on before somebody decides."""

"""Why an event that arrived has not been handled yet, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.database.tables import InboxPosition, InboxRow
from shared.deliveries.lists import behind
from shared.inbox.attention import OPEN, first_open
from shared.texts import N_


@dataclass(frozen=True)
class Waits:
    """``text`` is to be translated and filled with ``facts``. ``first`` is the event that comes before it, where one
    does; ``behind`` counts those that come after it; ``missing`` says that earlier ones have not arrived."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    first: InboxRow | None = None
    behind: int = 0
    missing: bool = False


def why_it_waits(session: Session, row: InboxRow, now: datetime) -> Waits | None:
    """None when it waits for nothing, because it is done."""
    if row.status not in OPEN:
        return None
    after = behind(session, [row]).get(row.id, 0)
    first = first_open(session, row)
    if first is not None and first.id != row.id:
        return Waits(N_("It waits for an earlier event of its subject."), first=first, behind=after)
    if row.status == "attention":
        return Waits(
            N_("It failed %(attempts)s times and is not tried again until somebody decides."),
            {"attempts": row.attempts},
            behind=after,
        )
    if row.attempts:
        return Waits(
            N_("It failed %(attempts)s times; it is tried again by itself at %(at)s."),
            {"attempts": row.attempts, "at": row.next_attempt_at},
            behind=after,
        )
    position = session.get(InboxPosition, (row.source, row.subject))
    if position is not None and position.gap_since is not None and row.subjectversion > position.version + 1:
        facts = {"last": position.version, "version": row.subjectversion, "at": position.snapshot_asked_at}
        if position.snapshot_asked_at is None:
            text = N_("Something is missing before it: version %(last)s was followed last, this one is %(version)s.")
        else:
            text = N_(
                "Something is missing before it: version %(last)s was followed last, this one is %(version)s. "
                "The publisher was asked for the present state at %(at)s."
            )
        return Waits(text, facts, behind=after, missing=True)
    return Waits(N_("It is due, and handled as soon as a worker runs."), behind=after)

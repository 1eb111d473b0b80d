"""Whose an event is, and who may read more of it than that it happened.

Every manager keeps events moving and sees type, subject, times and state. Who did what, what failed, what was made of
an event and what it carries are for those who hold the role in the event's body; where no body is known, for those who
hold it in all of them.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow, OutboxRow
from shared.deliveries.searching import sources
from shared.principal import ALL_BODIES, BODIES, Principal

Row = InboxRow | OutboxRow


def bodies_told(row: Row) -> frozenset[str]:
    """The bodies that the event's own data names; none where it names none or its content was dropped by age."""
    try:
        data = json.loads(row.body or "{}").get("data")
    except ValueError:
        return frozenset()
    data = data if isinstance(data, dict) else {}
    named = data.get("bodies")
    found = [data.get("body"), *(named if isinstance(named, list) else [])]
    return frozenset(body for body in found if isinstance(body, str) and body in BODIES)


def bodies_of(session: Session, row: Row) -> frozenset[str]:
    """The bodies that the event names, else those that the event which led to it names, as far as it is known here."""
    return bodies_told(row) or frozenset().union(*map(bodies_told, _causes(session, row)))


def oversees(who: Principal, role: str, bodies: frozenset[str]) -> bool:
    """Whether the role is held in one of these bodies; where there are none, in all bodies."""
    return any(who.allows(role, body) for body in bodies or (ALL_BODIES,))


def may_follow(session: Session, who: Principal, row: Row) -> bool:
    """Whether this principal may read an event's story, not only that it happened."""
    return who.allows("manager", ALL_BODIES) or oversees(who, "manager", bodies_of(session, row))


def demand_oversight(session: Session, who: Principal, row: Row) -> None:
    """Forbidden unless this principal may decide that an event never has an effect."""
    if not may_follow(session, who, row):
        who.demand("manager", min(bodies_of(session, row), default=ALL_BODIES))


def error_shown(error: str | None, full: bool) -> str | None:
    """Why an event failed; without ``full`` only the kind of error, because its words may be about people."""
    return error if full or not error else error.partition(":")[0]


def _causes(session: Session, row: Row) -> Sequence[Row]:
    try:
        event_id = UUID(cause_of(row) or "")
    except ValueError:
        return []
    received = select(InboxRow).where(InboxRow.source.in_(sources(session)), InboxRow.event_id == event_id)
    sent = select(OutboxRow).where(OutboxRow.event_id == event_id)
    return [*session.scalars(received), *session.scalars(sent)]


def cause_of(row: Row) -> str | None:
    """The number of the event that led to this one, as its envelope says."""
    if isinstance(row, OutboxRow):
        return row.causation_id
    try:
        return json.loads(row.body or "{}").get("causationid")  # type: ignore[no-any-return]
    except ValueError:
        return None

"""The events about a record in the timeline of its page: what went out, what came in, and how far each has come."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from shared.database.tables import AuditRow, InboxRow, OutboxRow
from shared.deliveries.bodies import may_follow
from shared.deliveries.searching import sources
from shared.deliveries.story import publishing_state
from shared.deliveries.words import STATES, TONES
from shared.principal import Principal
from shared.texts import N_
from shared.web.context import principal
from shared.web.wording import service_name

SHOWN = 50
"""How many events in each direction a timeline shows at most, the latest."""
_SENT = {
    "unpublished": (N_("Waiting to be published"), "warn"),
    "unrouted": (N_("Unrouted"), "bad"),
    "published": (N_("Published"), "good"),
}


def with_events(
    session: Session,
    entries: Iterable[Mapping[str, Any]],
    subjects: Sequence[str],
    *,
    led_by: Iterable[UUID | None] = (),
    newest_first: bool = False,
) -> list[Mapping[str, Any]]:
    """The entries of a timeline with the events about these subjects (``booking/<id>``) among them by their times.

    Incoming events are those about the same subjects, those that one of the outgoing events names as its cause, those
    on whose arrival the service itself noted something about the subject, and those that ``led_by`` names. Snapshots
    are left out. Whoever may read the story of an event gets a link to it.
    """
    sent = _sent(session, subjects)
    received = _received(session, subjects, sent, led_by)
    who = principal()
    rows: list[InboxRow | OutboxRow] = [*received, *sent]
    told = [_entry(session, who, row) for row in rows]
    return sorted([*entries, *told], key=lambda entry: entry["at"], reverse=newest_first)


def _sent(session: Session, subjects: Sequence[str]) -> list[OutboxRow]:
    """Each event once, however often it was sent."""
    chosen = select(OutboxRow).where(OutboxRow.subject.in_(subjects), ~OutboxRow.type.contains(".snapshot."))
    rows = session.scalars(chosen.order_by(OutboxRow.id.desc()).limit(SHOWN)).all()
    return list({row.event_id: row for row in rows}.values())


def _received(
    session: Session, subjects: Sequence[str], sent: Sequence[OutboxRow], led_by: Iterable[UUID | None]
) -> list[InboxRow]:
    noted = (
        select(AuditRow.correlation_id)
        .where(AuditRow.subject.in_(subjects), AuditRow.actor == "system")
        .order_by(AuditRow.id.desc())
        .limit(SHOWN)
    )
    causes = [number for number in (*led_by, *(_number(row.causation_id) for row in sent)) if number]
    conditions: list[ColumnElement[bool]] = [InboxRow.subject.in_(subjects)]
    if causes:
        conditions.append(InboxRow.source.in_(sources(session)) & InboxRow.event_id.in_(causes))
    if numbers := session.scalars(noted).all():
        conditions.append(InboxRow.correlation_id.in_(numbers))
    found: dict[int, InboxRow] = {}
    for condition in conditions:
        chosen = select(InboxRow).where(condition, ~InboxRow.type.contains(".snapshot.")).limit(SHOWN)
        found |= {row.id: row for row in session.scalars(chosen.order_by(InboxRow.id.desc()))}
    return list(found.values())


def _number(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _entry(session: Session, who: Principal, row: InboxRow | OutboxRow) -> dict[str, Any]:
    if isinstance(row, OutboxRow):
        at, state = row.recorded_at, _SENT[publishing_state(row)]
        what = gettext("Told the other services")
    else:
        at, state = row.received_at, (STATES[row.status], TONES.get(row.status, "neutral"))
        what = gettext("Heard from %(service)s", service=service_name(row.source.rpartition("/")[2]))
    may_read = who.allows("manager") and may_follow(session, who, row)
    url = url_for("deliveries.show_event", event_id=row.event_id) if may_read else None
    return {"at": at, "what": what, "event": row.type, "url": url, "state": (gettext(state[0]), state[1])}

"""The story of one event across outbox, bus and inbox, as far as this service knows it: moments in the order of time.

Bodies may have been dropped by age; the story then lacks what only the envelope says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import AuditRow, InboxRow, OutboxRow
from shared.deliveries.bodies import error_shown, may_follow
from shared.deliveries.searching import sources
from shared.deliveries.waiting import Waits, why_it_waits
from shared.deliveries.words import DECISIONS, FINISHED, unrouted_words
from shared.principal import SYSTEM, Principal
from shared.refusal import NotFound
from shared.service import Effect, Service
from shared.texts import N_

SHOWN = 100
"""How many events of one story or request are shown; more are counted no further than that there are more."""


@dataclass(frozen=True)
class Moment:
    """Something that happened: ``text`` is to be translated and filled with ``facts``. ``after`` is how long it took
    since the moment before that it belongs to. ``words`` are somebody's own, never translated."""

    at: datetime
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    who: str | None = None
    words: str | None = None
    hint: str | None = None
    tone: str = "neutral"
    after: timedelta | None = None


@dataclass(frozen=True)
class Related:
    """Another event of this service's database that belongs to a story. ``side`` is sent or received."""

    event_id: UUID
    type: str
    subject: str
    at: datetime
    side: str
    state: str
    source: str | None = None


@dataclass(frozen=True)
class Story:
    """``sent`` are this service's own outbox rows for the event, the first one first; ``received`` is its inbox row.

    Without ``full`` the reader looks after another body: who did it, and what it led to, is left out.
    """

    event_id: UUID
    sent: Sequence[OutboxRow]
    received: InboxRow | None
    attributes: Mapping[str, Any]
    moments: Sequence[Moment]
    waits: Waits | None
    caused: Sequence[Related]
    more_caused: bool
    effects: Sequence[Effect]
    full: bool = True

    @property
    def error(self) -> str | None:
        """Why it failed the last time it was tried."""
        return error_shown(self.received.error, self.full) if self.received else None

    @property
    def row(self) -> InboxRow | OutboxRow:
        return self.received or self.sent[0]

    @property
    def cause(self) -> str | None:
        """The event that led to this one, as its envelope says."""
        cause: str | None = self.sent[0].causation_id if self.sent else self.attributes.get("causationid")
        return cause


def event_story(session: Session, service: Service, event_id: UUID, *, now: datetime, who: Principal = SYSTEM) -> Story:
    """What this service knows of an event and this principal may read. NotFound when it neither published nor received
    it, or forgot it."""
    sent = session.scalars(select(OutboxRow).where(OutboxRow.event_id == event_id).order_by(OutboxRow.id)).all()
    received = _received(session, event_id)
    if not sent and received is None:
        raise NotFound("event")
    rows: list[InboxRow | OutboxRow] = [*sent, *([received] if received else [])]
    attributes = _attributes(rows)
    full = any(may_follow(session, who, row) for row in rows)
    decided = decisions_about(session, f"event/{event_id}")
    moments = [*_sending(session, sent), *_receiving(received, attributes), *decided]
    caused = _caused(session, event_id, rows[0].correlation_id) if full else []
    return Story(
        event_id=event_id,
        sent=sent,
        received=received,
        attributes=attributes,
        moments=[
            moment if full else replace(moment, who=None, words=None)
            for moment in sorted(moments, key=lambda moment: moment.at)
        ],
        waits=why_it_waits(session, received, now) if received else None,
        caused=caused[:SHOWN],
        more_caused=len(caused) > SHOWN,
        effects=list(service.effects(session, event_id, who)) if service.effects else [],
        full=full,
    )


def whole_story(session: Session, correlation_id: str, who: Principal = SYSTEM) -> tuple[list[Related], bool]:
    """The events of this service's database that belong to one request and whose story this principal may read, in the
    order of time; and whether there are more in that request."""
    sent = session.scalars(
        select(OutboxRow).where(OutboxRow.correlation_id == correlation_id).order_by(OutboxRow.id).limit(SHOWN + 1)
    ).all()
    received = session.scalars(
        select(InboxRow).where(InboxRow.correlation_id == correlation_id).order_by(InboxRow.id).limit(SHOWN + 1)
    ).all()
    rows: list[InboxRow | OutboxRow] = [*sent, *received]
    found = sorted(
        (related(row) for row in rows if may_follow(session, who, row)),
        key=lambda each: each.at,
    )
    return found[:SHOWN], len(rows) > SHOWN


def publishing_state(row: OutboxRow) -> str:
    """unpublished, unrouted or published."""
    if row.unrouted_at:
        return "unrouted"
    return "published" if row.published_at else "unpublished"


def _received(session: Session, event_id: UUID) -> InboxRow | None:
    """By the index on source and id; the one that is still open where two sources used the same id."""
    known = sources(session)
    found = session.scalars(select(InboxRow).where(InboxRow.source.in_(known), InboxRow.event_id == event_id)).all()
    return min(found, key=lambda row: row.finished_at is not None, default=None)


def _attributes(rows: Sequence[InboxRow | OutboxRow]) -> Mapping[str, Any]:
    """The envelope without its data; empty where the body was dropped."""
    body = next((row.body for row in rows if row.body), None)
    attributes: dict[str, Any] = json.loads(body) if body else {}
    attributes.pop("data", None)
    return attributes


def _sending(session: Session, rows: Sequence[OutboxRow]) -> list[Moment]:
    moments = []
    for number, row in enumerate(rows):
        if number == 0:
            text, who = N_("Recorded here, in the same transaction as the change it tells of"), _actor(session, row)
        else:
            text, who = N_("Recorded once more, for the queue %(queue)s alone"), None
        moments.append(Moment(row.recorded_at, text, {"queue": row.routing_key}, who=who))
        if row.published_at:
            moments.append(
                Moment(
                    row.published_at,
                    N_("Published; the broker confirmed that it keeps it"),
                    tone="good",
                    after=row.published_at - row.recorded_at,
                )
            )
        if row.unrouted_at:
            why, hint = unrouted_words(row.unrouted_because)
            moments.append(Moment(row.unrouted_at, why, hint=hint, tone="bad"))
    return moments


def _actor(session: Session, row: OutboxRow) -> str | None:
    """Who made the change: the audit's entry about the same subject in the same request, where there is one."""
    return session.scalars(
        select(AuditRow.actor_name)
        .where(
            AuditRow.subject == row.subject, AuditRow.correlation_id == row.correlation_id, AuditRow.actor != "system"
        )
        .order_by(AuditRow.id)
        .limit(1)
    ).first()


def _receiving(row: InboxRow | None, attributes: Mapping[str, Any]) -> list[Moment]:
    if row is None:
        return []
    moments = []
    recorded_at = _time(attributes)
    if recorded_at is not None:
        moments.append(
            Moment(recorded_at, N_("Happened, as its publisher says"), {"service": row.source.rpartition("/")[2]})
        )
    after = row.received_at - recorded_at if recorded_at and row.received_at >= recorded_at else None
    moments.append(Moment(row.received_at, N_("Received from the queue %(queue)s"), {"queue": row.queue}, after=after))
    if row.finished_at and row.status != "skipped":  # who skipped it, and why, the audit says
        moments.append(
            Moment(
                row.finished_at,
                FINISHED.get(row.status, N_("Done")),
                tone="good" if row.status == "done" else "neutral",
                after=row.finished_at - row.received_at if row.status == "done" else None,
            )
        )
    return moments


def _time(attributes: Mapping[str, Any]) -> datetime | None:
    """When it happened, as the envelope says; the intake took only events whose time can be read."""
    return datetime.fromisoformat(attributes["time"]) if "time" in attributes else None


def decisions_about(session: Session, subject: str) -> list[Moment]:
    """Who decided what about an event or a refused message, by what the audit calls it."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.id))
    return [
        Moment(row.at, DECISIONS.get(row.action, row.action), who=row.actor_name, words=row.facts.get("reason"))
        for row in rows
    ]


def _caused(session: Session, event_id: UUID, correlation_id: str | None) -> list[Related]:
    """Our own events that this one led to: the index on the request finds them."""
    rows = session.scalars(
        select(OutboxRow)
        .where(
            OutboxRow.correlation_id.in_([correlation_id or str(event_id), str(event_id)]),
            OutboxRow.causation_id == str(event_id),
        )
        .order_by(OutboxRow.id)
        .limit(SHOWN + 1)
    )
    return [related(row) for row in rows]


def related(row: InboxRow | OutboxRow) -> Related:
    """An event as it is listed beside others."""
    if isinstance(row, OutboxRow):
        return Related(row.event_id, row.type, row.subject, row.recorded_at, "sent", publishing_state(row))
    return Related(row.event_id, row.type, row.subject, row.received_at, "received", row.status, row.source)

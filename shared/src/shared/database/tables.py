"""The tables that every service has in its own database, so that each promise is kept by one commit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.engine import new_metadata
from shared.database.types import BigId, Json, UtcDateTime, Uuid


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that fulfil a condition, on both engines."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class SharedBase(DeclarativeBase):
    metadata = new_metadata()


class SubjectVersion(SharedBase):
    """The last version of each subject of this service. Its row lock orders the events of one subject."""

    __tablename__ = "subject_versions"
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int]


class OutboxRow(SharedBase):
    """An event that was recorded with its state change and is to be published, in the order of ``id``.

    ``body`` is dropped some time after the publishing; the rest stays longer, so that the event can be traced.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "routing_key"),
        _partial("ix_outbox_pending", "id", where="published_at IS NULL AND unrouted_at IS NULL"),
        _partial("ix_outbox_unrouted", "id", where="unrouted_at IS NOT NULL"),
        Index("ix_outbox_subject", "subject", "subjectversion"),
        _partial("ix_outbox_bodies", "published_at", where="published_at IS NOT NULL AND body IS NOT NULL"),
        _partial("ix_outbox_without_body", "published_at", where="published_at IS NOT NULL AND body IS NULL"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    exchange: Mapped[str] = mapped_column(String(80))
    routing_key: Mapped[str] = mapped_column(String(160))
    type: Mapped[str] = mapped_column(String(160))
    subject: Mapped[str] = mapped_column(String(120))
    subjectversion: Mapped[int]
    correlation_id: Mapped[str] = mapped_column(String(80), index=True)
    causation_id: Mapped[str | None] = mapped_column(String(80))
    body: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unrouted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unrouted_because: Mapped[str | None] = mapped_column(String(40))


class InboxRow(SharedBase):
    """An event that arrived. ``status``: waiting, done, passed (of no interest), late, attention, skipped."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        CheckConstraint("status IN ('waiting', 'done', 'passed', 'late', 'attention', 'skipped')", name="status"),
        _partial("ix_inbox_open", "source", "subject", "subjectversion", where="status IN ('waiting', 'attention')"),
        _partial("ix_inbox_due", "next_attempt_at", "id", where="status = 'waiting'"),
        _partial("ix_inbox_attention", "id", where="status = 'attention'"),
        _partial("ix_inbox_retrying", "id", where="status = 'waiting' AND attempts > 0"),
        Index("ix_inbox_subject", "subject", "subjectversion"),
        _partial("ix_inbox_bodies", "finished_at", where="finished_at IS NOT NULL AND body IS NOT NULL"),
        _partial("ix_inbox_without_body", "finished_at", where="finished_at IS NOT NULL AND body IS NULL"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(String(160))
    subject: Mapped[str] = mapped_column(String(120))
    subjectversion: Mapped[int]
    correlation_id: Mapped[str | None] = mapped_column(String(80), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[str | None] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InboxPosition(SharedBase):
    """How far each foreign subject was followed. Its row lock makes one processor at a time work on a subject."""

    __tablename__ = "inbox_positions"
    __table_args__ = (_partial("ix_inbox_positions_gaps", "source", "subject", where="gap_since IS NOT NULL"),)
    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int]
    gap_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snapshot_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefusedMessage(SharedBase):
    """What arrived and could not be taken in: kept, with its reason, so that nothing vanishes."""

    __tablename__ = "refused_messages"
    __table_args__ = (
        _partial("ix_refused_messages_unseen", "id", where="seen_at IS NULL"),
        _partial("ix_refused_messages_seen", "seen_at", where="seen_at IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    queue: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(String(200))
    type: Mapped[str | None] = mapped_column(String(200))
    content_type: Mapped[str | None] = mapped_column(String(200))
    headers: Mapped[Any] = mapped_column(Json)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SnapshotAnswer(SharedBase):
    """A request for the snapshots of a noun that is answered page by page. ``after`` is the last subject sent."""

    __tablename__ = "snapshot_answers"
    __table_args__ = (
        _partial("ix_snapshot_answers_open", "asked_at", where="finished_at IS NULL"),
        _partial("ix_snapshot_answers_finished", "finished_at", where="finished_at IS NOT NULL"),
    )
    request_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    asker: Mapped[str] = mapped_column(String(60))
    queue: Mapped[str] = mapped_column(String(120))
    noun: Mapped[str] = mapped_column(String(40))
    after: Mapped[UUID | None] = mapped_column(Uuid)
    sent: Mapped[int] = mapped_column(default=0)
    correlation_id: Mapped[str] = mapped_column(String(80))
    traceparent: Mapped[str | None] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lease(SharedBase):
    """Who may do a thing now, by the database's clock. ``token`` grows with each holder, to fence old ones off."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    token: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BoundQueue(SharedBase):
    """Queues that were bound to an exchange once, so that the first binding can ask for snapshots."""

    __tablename__ = "bound_queues"
    queue: Mapped[str] = mapped_column(String(120), primary_key=True)
    exchange: Mapped[str] = mapped_column(String(120), primary_key=True)
    bound_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NeededType(SharedBase):
    """What some release of this service reads from a queue, renewed by its workers while they live."""

    __tablename__ = "needed_types"
    queue: Mapped[str] = mapped_column(String(120), primary_key=True)
    type: Mapped[str] = mapped_column(String(160), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FormerPerson(SharedBase):
    """A person whose id is used no more: merged into the record that stands now, or (None) erased.

    ``counts`` says what of this service that changed, for the answer to the owner of the record.
    """

    __tablename__ = "former_people"
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    merged_into: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[Any] = mapped_column(Json)


class AuditRow(SharedBase):
    """Who did what to which subject, and why. Facts hold no personal data and no case text."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    facts: Mapped[Any] = mapped_column(Json)
    correlation_id: Mapped[str] = mapped_column(String(80))

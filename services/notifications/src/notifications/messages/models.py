"""Notices, messages and their steps.

A notice says that one person is to learn of one event by one rule; its messages are what is sent, one row per
channel. What a message says is not kept: it is rendered from the pinned template version and the notice's
values whenever it is sent or shown.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from notifications.contacts.models import Contact
from notifications.messages.rules import STATES
from notifications.preferences.rules import AFFAIRS
from notifications.tables import Base
from notifications.wording.models import TemplateVersion
from shared.database.types import BigId, Json, UtcDateTime, Uuid

_OPEN_STATES = ("pending", "sending", "unknown")
_OPEN = text("state IN ('pending', 'sending', 'unknown')")
_READY: dict[str, Any] = {
    "postgresql_where": text("state IN ('pending', 'sending', 'unknown') AND resting IS false"),
    "sqlite_where": text("state IN ('pending', 'sending', 'unknown') AND resting IS 0"),
}
_RESTING: dict[str, Any] = {
    "postgresql_where": text("state IN ('pending', 'sending', 'unknown') AND resting IS true"),
    "sqlite_where": text("state IN ('pending', 'sending', 'unknown') AND resting IS 1"),
}
_WAITING = text("state = 'waiting'")
_NOT_DROPPED = text("contents_dropped_at IS NULL")
_COSTS = text("cost > 0")
_SENT = text("state = 'sent'")
_IN_A_WINDOW = text("window_id IS NOT NULL")
_NUMBERED = text("serial IS NOT NULL")


class Notice(Base):
    """One person is to learn of one event by one rule.

    `state`: waiting (the person's contact is not known yet), queued (messages were made), passed-on (a child:
    the guardians have notices of their own), suppressed, expired; `reason` says why. `accepted` counts the
    messages that were made. `subject` is the event's `<noun>/<id>`, `subject_version` its version there.
    `category` is what the recipient may have switched off. `about_id` is whom the event concerns, `person_id` who is
    written to. `facts` are the values of the templates, until retention drops them. `body` is the
    owning body; None is anybody's, '*' only for those who see all bodies. `passes_because` says why quiet hours do not
    hold it: rule (staff wanted it so) or begins-soon. `needed_by` is when somebody is to be somewhere, or not to be
    there any more, because of it. `audience` is whom it was for where that was a list that people leave: as that of a
    broadcast. `window_id` is the window of the digest that it is a line of, or
    that it is: the notice of a digest has the id of its window.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("notice_key"),
        CheckConstraint("state IN ('waiting', 'queued', 'passed-on', 'suppressed', 'expired')", name="state"),
        Index("ix_notices_waiting", "person_id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_notices_person", "person_id", "id"),
        Index("ix_notices_event", "event_id"),
        Index("ix_notices_body_accepted", "body", "accepted"),
        Index("ix_notices_window", "window_id", postgresql_where=_IN_A_WINDOW, sqlite_where=_IN_A_WINDOW),
        Index("ix_notices_contents", "created_at", postgresql_where=_NOT_DROPPED, sqlite_where=_NOT_DROPPED),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    notice_key: Mapped[UUID] = mapped_column(Uuid)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    event_type: Mapped[str] = mapped_column(String(80))
    event_time: Mapped[datetime] = mapped_column(UtcDateTime)
    subject: Mapped[str] = mapped_column(String(120))
    correlation_id: Mapped[str] = mapped_column(String(80))
    traceparent: Mapped[str | None] = mapped_column(String(60))
    rule_key: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[int]
    template_key: Mapped[str] = mapped_column(String(60))
    channels: Mapped[Any] = mapped_column(Json)
    lane: Mapped[int]
    passes_quiet_hours: Mapped[bool]
    category: Mapped[str] = mapped_column(String(20), default=AFFAIRS, server_default=AFFAIRS)
    subject_version: Mapped[int | None]
    person_id: Mapped[UUID] = mapped_column(Uuid)
    about_id: Mapped[UUID] = mapped_column(Uuid)
    body: Mapped[str | None] = mapped_column(String(10))
    facts: Mapped[Any] = mapped_column(Json)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    passes_because: Mapped[str | None] = mapped_column(String(20))
    needed_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    audience: Mapped[Any | None] = mapped_column(Json)
    window_id: Mapped[UUID | None] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    accepted: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contents_dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Message(Base):
    """One message to one recipient by one channel. `message_id` is the id the outside knows.

    `due_at` is when a sender may take the row: the next attempt of a pending one, the end of the lease of one
    that is being sent, the next question to the provider of one whose outcome is unknown. A row that waits for that
    moment is `resting`; the others of its lane are taken in the order of `queue_number`. `attempt` grows with
    every claim and fences off senders that were late; `tries` counts what the provider answered. `on_wire` says
    that the message may have been handed over in the present attempt, `handed_at` when that was last noted.
    `maybe_duplicate` says that it may have arrived twice, `maybe_sent` that it may have although it ended unsent.
    `serial` is the provider's own number of it, `cost` what it cost in hao (a ten-thousandth of a yuan).
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("message_id"),
        CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint("delivery IN ('delivered', 'undelivered')", name="delivery"),
        Index("ix_messages_ready", "channel", "lane", "queue_number", "due_at", **_READY),
        Index("ix_messages_resting", "channel", "lane", "due_at", **_RESTING),
        Index("ix_messages_open_subject", "subject", "person_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_messages_person", "person_id", "id"),
        Index("ix_messages_state", "state", "id"),
        Index("ix_messages_body_state", "body", "state"),
        Index("ix_messages_sent", "finished_at", "provider", "cost", postgresql_where=_SENT, sqlite_where=_SENT),
        Index("ix_messages_made", "created_at", postgresql_using="brin"),
        Index("ix_messages_notice", "notice_id"),
        Index("ix_messages_cost", "finished_at", postgresql_where=_COSTS, sqlite_where=_COSTS),
        Index("ix_messages_serial", "serial", postgresql_where=_NUMBERED, sqlite_where=_NUMBERED),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    message_id: Mapped[UUID] = mapped_column(Uuid)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id"))
    event_type: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(16))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    body: Mapped[str | None] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(254))
    lane: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    on_wire: Mapped[bool] = mapped_column(default=False)
    maybe_duplicate: Mapped[bool] = mapped_column(default=False)
    maybe_sent: Mapped[bool] = mapped_column(default=False, server_default=false())
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resting: Mapped[bool] = mapped_column(default=False, server_default=true())
    queue_number: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    provider: Mapped[str | None] = mapped_column(String(40))
    serial: Mapped[str | None] = mapped_column(String(80))
    segments: Mapped[int | None]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    delivery: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice: Mapped[Notice] = relationship(lazy="raise")
    template: Mapped[TemplateVersion] = relationship(lazy="raise")
    contact: Mapped[Contact | None] = relationship(
        lazy="raise",
        primaryjoin="foreign(Message.person_id) == Contact.person_id",
        viewonly=True,
    )


class BulkRetry(Base):
    """One time that somebody queued many failed messages once more: those that `filters` chose and that had failed
    `before` then. `left` were not reached because of the limit."""

    __tablename__ = "bulk_retries"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    filters: Mapped[Any] = mapped_column(Json)
    before: Mapped[datetime] = mapped_column(UtcDateTime)
    retried: Mapped[int]
    left: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def is_open() -> ColumnElement[bool]:
    """That nothing final became of a message, in the words of the indexes, so that they are used."""
    return Message.state.in_([literal_column(f"'{state}'") for state in _OPEN_STATES])


class MessageStep(Base):
    """One line of the answer to "why did (not) this person get this". `facts` hold no personal data."""

    __tablename__ = "message_steps"
    __table_args__ = (
        Index("ix_message_steps_notice", "notice_id"),
        Index("ix_message_steps_message", "message_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(30))
    facts: Mapped[Any] = mapped_column(Json)

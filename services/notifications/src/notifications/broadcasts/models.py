"""Broadcasts and the frozen lists of those whom they are for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.broadcasts.rules import STATES
from notifications.tables import Base
from notifications.wording.catalogue import OWN_TEXT
from shared.database.types import Json, UtcDateTime, Uuid

_AT_WORK = text("state = 'running'")
_TO_BE_MADE = text("made_at IS NULL AND left_out IS NULL")
_SECOND = (
    "NOT needs_approval OR approved_key IS NULL OR (approved_key NOT LIKE 'token:%' AND (handed_in_key IS NULL OR "
    "(handed_in_key <> approved_key AND handed_in_key NOT LIKE 'token:%')))"
)


class Broadcast(Base):
    """One message of a body's staff to many people.

    `state`: draft, waiting (for a second person), running, done, stopped, discarded. `audience` says whom it is for:
    kind and ids. `texts` are own texts by language and channel, `values` what goes into a template; one of the two
    is used. `author` is who changed it last, `handed_in_by` who handed it in: what is above the limit is handed in by a
    person, and approved by a second one who is neither of them. `people`, `reached`, `segments` and `cost` (hao) are
    what was counted when it was handed in, and again when its list was frozen. `kept_hours` is how long a message is
    worth sending. `fanned_out_at` is when all messages had been made, `contents_dropped_at` when its texts, values and
    audience were dropped.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        CheckConstraint("body IN ('party', 'union', 'league', 'women')", name="body"),
        CheckConstraint("NOT needs_approval OR approved_key IS NULL OR approved_key <> author_key", name="four_eyes"),
        CheckConstraint(_SECOND, name="second_person"),
        CheckConstraint("state NOT IN ('running', 'done', 'stopped') OR approved_at IS NOT NULL", name="released"),
        Index("ix_broadcasts_at_work", "id", postgresql_where=_AT_WORK, sqlite_where=_AT_WORK),
        Index("ix_broadcasts_body", "body", "state"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    audience: Mapped[Any] = mapped_column(Json)
    channels: Mapped[Any] = mapped_column(Json)
    category: Mapped[str] = mapped_column(String(20))
    template_key: Mapped[str | None] = mapped_column(String(60))
    values: Mapped[Any] = mapped_column(Json)
    texts: Mapped[Any] = mapped_column(Json)
    kept_hours: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(300))
    needs_approval: Mapped[bool] = mapped_column(default=False)
    people: Mapped[int | None]
    reached: Mapped[int | None]
    segments: Mapped[int | None]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    author: Mapped[str] = mapped_column(String(120))
    author_key: Mapped[str] = mapped_column(String(60))
    author_person_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handed_in_by: Mapped[str | None] = mapped_column(String(120))
    handed_in_key: Mapped[str | None] = mapped_column(String(60))
    handed_in_person_id: Mapped[UUID | None] = mapped_column(Uuid)
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_key: Mapped[str | None] = mapped_column(String(60))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fanned_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    contents_dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def subject(self) -> str:
        """What its messages and audit rows are about."""
        return f"broadcast/{self.id}"

    @property
    def text_key(self) -> str:
        """The key of the template that it says."""
        return self.template_key or f"{OWN_TEXT}{self.id}"


class Recipient(Base):
    """One person of the frozen list of a broadcast.

    `about_id` is the child in whose place a guardian is written to, else the person. `left_out` says why nobody writes
    to them, `made_at` when their notice was made.
    """

    __tablename__ = "broadcast_recipients"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "person_id"),
        Index(
            "ix_broadcast_recipients_to_be_made",
            "broadcast_id",
            "id",
            postgresql_where=_TO_BE_MADE,
            sqlite_where=_TO_BE_MADE,
        ),
        Index("ix_broadcast_recipients_list", "broadcast_id", "id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcasts.id"))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    about_id: Mapped[UUID] = mapped_column(Uuid)
    left_out: Mapped[str | None] = mapped_column(String(40))
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

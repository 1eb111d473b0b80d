"""Requests of one body to work with a person of another one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from membership.base import Base
from membership.people.models import Person
from shared.database import UtcDateTime, Uuid

_LIVE = text("state IN ('requested', 'accepted')")
_BODY = "IN ('party', 'union', 'league', 'women')"


class AddRequest(Base):
    """``body`` asks ``owner`` for the whole record of a person until ``until``, the last day of it.

    ``answer_by`` is the last day on which the owner may accept.
    """

    __tablename__ = "add_requests"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'accepted', 'declined', 'withdrawn', 'revoked', 'expired')", name="state"
        ),
        CheckConstraint(f"body {_BODY} AND owner {_BODY} AND body <> owner", name="bodies"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided"),
        Index("uq_add_requests_live", "person_id", "body", "owner", unique=True, postgresql_where=_LIVE,
              sqlite_where=_LIVE),
        Index("ix_add_requests_owner", "owner", "state"),
        Index("ix_add_requests_body", "body", "state"),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    body: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))
    until: Mapped[date]
    answer_by: Mapped[date]
    requested_by: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(String(300))
    version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship(lazy="selectin")

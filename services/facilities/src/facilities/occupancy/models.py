"""The occupancy table. The database itself holds that exclusive rows never overlap and pools are never overdrawn.

PostgreSQL: an exclusion constraint and a constraint function; SQLite: triggers of the same names. Both stand in the
migration. Commands lock the resources first, in the order of their ids, and then ask the rules.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from facilities.holds.models import Hold
from facilities.naming import BilingualName
from facilities.occupancy.rules import LIVE, Taken, Window
from facilities.resources.models import Resource
from facilities.tables import Base
from shared.database import UtcDateTime, Uuid

_LIVE = ", ".join(f"'{state}'" for state in LIVE)
BUSY = {"zh": "占用", "en": "Busy"}


class Occupancy(Base):
    """A resource, or so many of its units, taken for [starts_at, ends_at).

    ``blocked_from`` and ``blocked_until`` include the turnaround. ``live`` follows from ``state``. What was taken
    together has the same ``group_id`` and is moved and cancelled together; what another service asked for has a
    ``hold_id`` and is changed by that service alone. A confidential row keeps neither title nor person.
    """

    __tablename__ = "occupancies"
    __table_args__ = (
        ForeignKeyConstraint(
            ["resource_id", "exclusive"],
            ["resources.id", "resources.exclusive"],
            name="fk_occupancies_resource_id_resources",
        ),
        CheckConstraint("kind IN ('booking', 'hold', 'closure')", name="kind"),
        CheckConstraint(
            "state IN ('held', 'requested', 'confirmed', 'cancelled', 'released', 'expired', 'refused')", name="state"
        ),
        CheckConstraint(f"live = (state IN ({_LIVE}))", name="live"),
        CheckConstraint("starts_at < ends_at", name="window"),
        CheckConstraint("blocked_from <= starts_at AND ends_at <= blocked_until", name="blocked"),
        CheckConstraint("quantity >= 1 AND (NOT exclusive OR quantity = 1)", name="quantity"),
        CheckConstraint(
            "NOT confidential OR (title IS NULL AND title_en IS NULL AND person_id IS NULL)", name="confidential"
        ),
        CheckConstraint("(kind <> 'hold' OR hold_id IS NOT NULL) AND (state <> 'held' OR kind = 'hold')", name="hold"),
        Index("ix_occupancies_resource_id", "resource_id", "blocked_until"),
        Index("ix_occupancies_group_id", "group_id"),
        Index("ix_occupancies_hold_id", "hold_id"),
        Index("ix_occupancies_starts_at", "starts_at"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    live: Mapped[bool]
    resource_id: Mapped[UUID] = mapped_column(Uuid)
    exclusive: Mapped[bool]
    quantity: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_from: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
    confidential: Mapped[bool]
    title: Mapped[str | None] = mapped_column(String(200))
    title_en: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(String(12))
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    people: Mapped[int | None]
    group_id: Mapped[UUID] = mapped_column(Uuid)
    hold_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("holds.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]

    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)
    hold: Mapped[Hold | None] = relationship(lazy="select")

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at)

    @property
    def taken(self) -> Taken:
        return Taken(Window(self.blocked_from, self.blocked_until), self.quantity, self.kind == "closure")

    @property
    def shown_title_zh(self) -> str:
        """What may be read by anybody: confidential rows say that they are there, nothing else."""
        return BUSY["zh"] if self.confidential else self.title or self.title_en or ""

    @property
    def shown_title_en(self) -> str:
        return BUSY["en"] if self.confidential else self.title_en or self.title or ""

    @property
    def shown_title(self) -> BilingualName:
        return BilingualName(self.shown_title_zh, self.shown_title_en)

    def become(self, state: str, at: datetime) -> None:
        """Change the state; ``live`` follows it, and the version grows."""
        self.state = state
        self.live = state in LIVE
        self.version += 1
        if not self.live:
            self.ended_at = at

    def take(self, resource: Resource, window: Window) -> None:
        """Stand at this resource and time, with that resource's turnaround (a closure has none)."""
        blocked = window if self.kind == "closure" else resource.place.blocked(window)
        self.resource, self.resource_id, self.exclusive = resource, resource.id, resource.exclusive
        self.starts_at, self.ends_at = window.starts_at, window.ends_at
        self.blocked_from, self.blocked_until = blocked.starts_at, blocked.ends_at

"""Shifts, whom they need, who is on duty, who can be, and swaps that wait for an answer.

The database itself holds that nobody is in two shifts at once, that no role has more people than it needs, that a
cancelled shift has nobody on duty, and that a duty's times are its shift's. PostgreSQL: an exclusion constraint and
constraint functions; SQLite: triggers of the same names. All of them stand in the migration.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from facilities.naming import BilingualName
from facilities.occupancy.rules import Window
from facilities.resources.models import Resource
from facilities.roster.roles import role_of
from facilities.tables import Base
from shared.database import Json, UtcDateTime, Uuid

_ASKED = text("state = 'asked'")


class ShiftSeries(Base):
    """Shifts that were planned together. ``skipped``: what could not be planned as wished, a mapping for each date and
    person with ``starts_at``, ``role``, ``person_id`` and the ``codes`` of the rules."""

    __tablename__ = "shift_series"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    skipped: Mapped[Any] = mapped_column(Json)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Shift(Base):
    """A time at which the house needs people, half-open. The place is a room or free words, or nowhere in particular.

    ``warned_at``: when it was said that the shift begins soon and lacks people. Shifts of one plan have the same
    ``series_id``.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        UniqueConstraint("id", "starts_at", "ends_at"),
        CheckConstraint("state IN ('planned', 'cancelled')", name="state"),
        CheckConstraint("starts_at < ends_at", name="window"),
        CheckConstraint("resource_id IS NULL OR place_zh IS NULL", name="place"),
        CheckConstraint("(place_zh IS NULL) = (place_en IS NULL)", name="place_words"),
        Index("ix_shifts_starts_at", "starts_at"),
        Index("ix_shifts_series_id", "series_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    resource_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("resources.id"))
    place_zh: Mapped[str | None] = mapped_column(String(120))
    place_en: Mapped[str | None] = mapped_column(String(120))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    series_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("shift_series.id"))
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]

    resource: Mapped[Resource | None] = relationship(lazy="joined")
    needs: Mapped[list["ShiftNeed"]] = relationship(lazy="selectin", order_by="ShiftNeed.role")
    duties: Mapped[list["Duty"]] = relationship(
        primaryjoin="Shift.id == foreign(Duty.shift_id)",
        lazy="selectin",
        order_by="Duty.role, Duty.made_at, Duty.id",
        back_populates="shift",
    )

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at)

    @property
    def title(self) -> BilingualName:
        return BilingualName(self.title_zh, self.title_en)

    @property
    def place(self) -> BilingualName | None:
        if self.resource is not None:
            return self.resource.name
        return BilingualName(self.place_zh, self.place_en or "") if self.place_zh is not None else None

    @property
    def wanted(self) -> Mapping[str, int]:
        """How many people each role needs."""
        return {need.role: need.people for need in self.needs if need.people}

    @property
    def on_duty(self) -> list["Duty"]:
        return [duty for duty in self.duties if duty.live]

    @property
    def lacks(self) -> Mapping[str, int]:
        """How many people each role still lacks; roles that lack nobody are left out. None lack when cancelled."""
        if self.state != "planned":
            return {}
        there = Counter(duty.role for duty in self.on_duty)
        return {role: people - there[role] for role, people in self.wanted.items() if people > there[role]}

    @property
    def missing(self) -> int:
        return sum(self.lacks.values())


class ShiftNeed(Base):
    """So many people a shift needs in a role; 0 once a role is not needed any more that somebody had."""

    __tablename__ = "shift_needs"
    __table_args__ = (CheckConstraint("people >= 0", name="people"),)
    shift_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("shifts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    people: Mapped[int]


class Duty(Base):
    """One person in one shift. It ends once and for all; who comes back has another one.

    ``live`` follows from ``state``; the times are the shift's and follow it.
    """

    __tablename__ = "duties"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shift_id", "starts_at", "ends_at"],
            ["shifts.id", "shifts.starts_at", "shifts.ends_at"],
            name="fk_duties_shift_id_shifts",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["shift_id", "role"], ["shift_needs.shift_id", "shift_needs.role"], name="fk_duties_shift_id_shift_needs"
        ),
        CheckConstraint("state IN ('assigned', 'released')", name="state"),
        CheckConstraint("live = (state = 'assigned')", name="live"),
        CheckConstraint("live = (reason IS NULL)", name="reason"),
        Index("ix_duties_person_id", "person_id", "ends_at"),
        Index("ix_duties_shift_id", "shift_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(Uuid)
    role: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[UUID] = mapped_column(Uuid)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12))
    live: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(12))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    shift: Mapped[Shift] = relationship(
        primaryjoin="Shift.id == foreign(Duty.shift_id)", lazy="joined", innerjoin=True, back_populates="duties"
    )

    @property
    def role_name(self) -> BilingualName:
        return role_of(self.role).name

    def release(self, reason: str, at: datetime) -> None:
        self.state, self.live, self.reason, self.ended_at = "released", False, reason, at


class TeamMember(Base):
    """Somebody who can be put on duty, and what as. ``account_id``: as whom they sign in here, where that is known."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("account_id"),)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    roles: Mapped[Any] = mapped_column(Json)
    account_id: Mapped[UUID | None] = mapped_column(Uuid)
    active: Mapped[bool]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]

    @property
    def id(self) -> UUID:
        return self.person_id


class DutySwap(Base):
    """Somebody asks another person to take a duty over, perhaps in exchange for a duty of theirs."""

    __tablename__ = "duty_swaps"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'done', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("state <> 'done' OR taker_agreed_at IS NOT NULL", name="consent"),
        CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name="ended_at"),
        Index("uq_duty_swaps_open", "duty_id", unique=True, postgresql_where=_ASKED, sqlite_where=_ASKED),
        Index("ix_duty_swaps_to_person_id", "to_person_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    duty_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("duties.id"))
    to_person_id: Mapped[UUID] = mapped_column(Uuid)
    for_duty_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("duties.id"))
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(80))
    giver_agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taker_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    duty: Mapped[Duty] = relationship(foreign_keys=[duty_id], lazy="joined", innerjoin=True)
    for_duty: Mapped[Duty | None] = relationship(foreign_keys=[for_duty_id], lazy="joined")

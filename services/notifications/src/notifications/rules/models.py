"""Rules that staff edit, and the kinds of event that staff want to hear of themselves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from notifications.preferences.rules import AFFAIRS
from notifications.rules.conditions import Condition
from notifications.tables import Base
from shared.database.types import Json, UtcDateTime, Uuid


class Rule(Base):
    """One rule. `event_type` is `<service>.<noun>.<verb>`.

    `condition` holds values that the facts must have, `conditions` comparisons that the event's data must meet (see
    `rules.conditions`). `audience`: person (whom the event concerns), members (of `organisation_id`, or of the event's
    own organisation where that is None), staff (who subscribed to the kind of event), shift (who is on duty in the
    event's shift), on-duty (who is on duty when it begins). `category` is what recipients may
    switch off, where it is an optional one. `reason` is why the rule was last switched on or off,
    `passes_reason` why its messages pass the quiet hours.

    A rule of the release before has neither audience nor conditions, and is in use when it is `active`. One that has
    them is in use when it is `switched_on`, and is never `active`: the release before would tell the wrong people.
    """

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("lane IN ('urgent', 'normal', 'bulk')", name="lane"),
        CheckConstraint("fresh_hours > 0 AND longest_hours > 0", name="hours"),
        CheckConstraint("audience IN ('person', 'members', 'staff', 'shift', 'on-duty')", name="audience"),
        CheckConstraint("NOT active OR (audience = 'person' AND NOT switched_on)", name="active"),
        Index("ix_rules_event_type", "event_type"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    event_type: Mapped[str] = mapped_column(String(80))
    condition: Mapped[Any] = mapped_column(Json)
    template_key: Mapped[str] = mapped_column(String(60))
    channels: Mapped[Any] = mapped_column(Json)
    lane: Mapped[str] = mapped_column(String(10))
    passes_quiet_hours: Mapped[bool]
    passes_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    fresh_hours: Mapped[int]
    longest_hours: Mapped[int]
    category: Mapped[str] = mapped_column(String(20), default=AFFAIRS, server_default=AFFAIRS)
    active: Mapped[bool]
    audience: Mapped[str] = mapped_column(String(10), default="person", server_default="person")
    organisation_id: Mapped[UUID | None] = mapped_column(Uuid)
    conditions: Mapped[Any] = mapped_column(Json, default=list, server_default="[]")
    switched_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def freshness(self) -> timedelta:
        """How old an event may be and still be told."""
        return timedelta(hours=self.fresh_hours)

    @property
    def longest(self) -> timedelta:
        """How long a message is worth sending when its subject has no time of its own."""
        return timedelta(hours=self.longest_hours)

    @property
    def in_use(self) -> bool:
        """Whether messages are made by this rule."""
        return self.active or self.switched_on

    def all_conditions(self) -> list[Condition]:
        """What facts and data must meet, as comparisons."""
        return [Condition(name, "is", value) for name, value in self.condition.items()] + [
            Condition.of(entry) for entry in self.conditions
        ]

    def applies_to(self, facts: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
        """Whether the event's facts have every value of the condition, and its data meet every comparison."""
        return all(facts.get(name) == wanted for name, wanted in self.condition.items()) and all(
            Condition.of(entry).holds(data) for entry in self.conditions
        )


class StaffSubscription(Base):
    """A member of staff wants to hear of this kind of event, by the rules whose audience is the staff."""

    __tablename__ = "staff_subscriptions"
    account_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    event_type: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

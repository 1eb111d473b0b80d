"""What a rule says of an event and a person, in words. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from notifications.rules.conditions import Condition
from shared.texts import N_


@dataclass(frozen=True)
class Said:
    """One sentence of an answer: a message id with its facts, a tone, and where to look."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tone: str = "neutral"
    notice_id: UUID | None = None
    message_id: UUID | None = None
    rule_id: UUID | None = None


@dataclass(frozen=True)
class RuleView:
    """As much of a rule as an answer needs. `addressed` says whether it tells this person of this event."""

    id: UUID
    key: str
    in_use: bool
    reason: str
    audience: str
    updated_at: datetime
    unmet: Sequence[Condition]
    addressed: bool


OFF = N_("The rule “%(rule)s” is switched off.")
OFF_BECAUSE = N_("The rule “%(rule)s” is switched off: %(reason)s")
UNMET = N_("The rule “%(rule)s” tells only when: %(conditions)s. That is not so here.")
NOT_ADDRESSED = N_("The rule “%(rule)s” tells others: %(audience)s. This person is not among them as things stand now.")
LATER = N_("The rule “%(rule)s” would apply now; it was made or changed on %(day)s, after the event.")
UNEXPLAINED = N_("The rule “%(rule)s” applies and nothing was made of it. Tell whoever operates this service.")
NO_RULE = N_("No rule tells of this kind of event.")


def why_not(rule: RuleView, worked_off_at: datetime | None) -> Said:
    """Why a rule made no notice of an event for a person."""
    facts = {"rule": rule.key}
    if not rule.in_use:
        reason = rule.reason.strip()
        return Said(OFF_BECAUSE if reason else OFF, {**facts, "reason": reason}, "warn", rule_id=rule.id)
    if rule.unmet:
        return Said(UNMET, {**facts, "conditions": tuple(rule.unmet)}, rule_id=rule.id)
    if not rule.addressed:
        return Said(NOT_ADDRESSED, {**facts, "audience": rule.audience}, rule_id=rule.id)
    if worked_off_at is not None and rule.updated_at > worked_off_at:
        return Said(LATER, {**facts, "day": rule.updated_at}, "warn", rule_id=rule.id)
    return Said(UNEXPLAINED, facts, "bad", rule_id=rule.id)


def sees(bodies: Collection[str], all_bodies: bool, owner: str | None) -> bool:
    """Whether somebody with these bodies may know of what `owner` owns; '*' is for who sees all bodies."""
    return all_bodies or owner is None or owner in bodies

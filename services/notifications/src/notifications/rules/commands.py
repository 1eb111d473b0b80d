"""Changing rules."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.messages.rules import CHANNELS, LANES
from notifications.preferences.rules import CATEGORIES
from notifications.rules.models import Rule
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def all_rules(session: Session) -> Sequence[Rule]:
    """Every rule, by the event it listens to."""
    return session.scalars(select(Rule).order_by(Rule.event_type, Rule.key)).all()


def get_rule(session: Session, rule_id: UUID) -> Rule:
    """One rule. NotFound."""
    found = session.get(Rule, rule_id)
    if found is None:
        raise NotFound("rule")
    return found


def change_rule(
    work: UnitOfWork,
    rule_id: UUID,
    *,
    version: int,
    channels: Sequence[str],
    lane: str,
    passes_quiet_hours: bool,
    fresh_hours: int,
    longest_hours: int,
    active: bool,
    category: str | None = None,
) -> Rule:
    """Change how a rule's messages are sent. Messages that were queued stay as they are; None keeps the category.

    Forbidden without the role of a manager of all bodies, Stale when somebody changed it in between, Refused with
    every broken rule.
    """
    work.actor.demand("manager", ALL_BODIES)
    rule: Rule | None = work.lock(Rule, rule_id)
    if rule is None:
        raise NotFound("rule")
    if rule.version != version:
        raise Stale(rule.version)
    reasons = []
    if not channels or set(channels) - set(CHANNELS):
        reasons.append(Reason("channels", N_("Choose SMS, e-mail or both."), "channels"))
    if lane not in LANES:
        reasons.append(Reason("lane", N_("Choose urgent, normal or bulk."), "lane"))
    if category is not None and category not in CATEGORIES:
        reasons.append(Reason("category", N_("There is no such category."), "category"))
    for name, hours in (("fresh_hours", fresh_hours), ("longest_hours", longest_hours)):
        if not 1 <= hours <= 24 * 30:
            reasons.append(Reason("hours", N_("From 1 to 720 hours."), name))
    if reasons:
        raise Refused.many(reasons)
    rule.channels = [channel for channel in CHANNELS if channel in channels]
    rule.lane, rule.passes_quiet_hours, rule.active = lane, passes_quiet_hours, active
    rule.fresh_hours, rule.longest_hours = fresh_hours, longest_hours
    rule.category = category or rule.category
    rule.version += 1
    rule.updated_at = work.now
    work.audit("rule-changed", f"rule/{rule.id}", key=rule.key, active=active, lane=lane)
    work.session.flush()
    return rule

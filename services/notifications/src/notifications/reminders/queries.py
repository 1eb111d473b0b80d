"""Finding what is due, and what comes next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session

from notifications.reminders.models import Reminder, ReminderRule
from notifications.subjects.models import Subject
from shared.principal import BODIES, Principal
from shared.refusal import NotFound


def all_reminder_rules(session: Session) -> Sequence[ReminderRule]:
    """Every rule, the longest before first."""
    return session.scalars(select(ReminderRule).order_by(ReminderRule.kind, ReminderRule.minutes_before.desc())).all()


def rules_in_use(session: Session) -> Sequence[ReminderRule]:
    return session.scalars(select(ReminderRule).where(ReminderRule.active).order_by(ReminderRule.key)).all()


def get_reminder_rule(session: Session, rule_id: UUID) -> ReminderRule:
    """One rule. NotFound."""
    found = session.get(ReminderRule, rule_id)
    if found is None:
        raise NotFound("rule")
    return found


def _due(rule: ReminderRule, now: datetime) -> tuple[Any, ...]:
    """What begins within the time of the rule, was not due before the rule was there, and was not worked off."""
    noted = exists().where(
        Reminder.subject == Subject.subject, Reminder.rule_id == rule.id, Reminder.version == Subject.version
    )
    return (
        Subject.kind == rule.kind,
        Subject.state == "coming",
        Subject.starts_at > max(now, rule.since + rule.before),
        Subject.starts_at <= now + rule.before,
        ~noted,
    )


def is_anything_due(session: Session, now: datetime) -> bool:
    """Looks without a lock, so that nobody else's writing is delayed."""
    return any(session.scalar(select(exists().where(*_due(rule, now)))) for rule in rules_in_use(session))


def due_subjects(session: Session, rule: ReminderRule, now: datetime, most: int) -> Sequence[Subject]:
    """What is due by a rule, locked."""
    return session.scalars(
        select(Subject)
        .where(*_due(rule, now))
        .order_by(Subject.starts_at, Subject.subject)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def coming_subjects(
    session: Session, rule: ReminderRule, who: Principal, now: datetime, most: int
) -> Sequence[tuple[Subject, datetime]]:
    """What people will be reminded of next by a rule, with when; only what this principal may see."""
    found = session.scalars(
        select(Subject)
        .where(
            Subject.kind == rule.kind,
            Subject.state == "coming",
            Subject.starts_at > max(now + rule.before, rule.since + rule.before),
            _visible(who),
        )
        .order_by(Subject.starts_at, Subject.subject)
        .limit(most)
    )
    return [(subject, subject.starts_at - timedelta(minutes=rule.minutes_before)) for subject in found]


def lately_worked_off(session: Session, who: Principal, most: int) -> Sequence[tuple[Reminder, ReminderRule, Subject]]:
    """What was made or left out last; only what this principal may see."""
    rows = session.execute(
        select(Reminder, ReminderRule, Subject)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .join(Subject, Subject.subject == Reminder.subject)
        .where(_visible(who))
        .order_by(Reminder.at.desc(), Reminder.subject)
        .limit(most)
    ).all()
    return [(reminder, rule, subject) for reminder, rule, subject in rows]


def _visible(who: Principal) -> ColumnElement[bool]:
    bodies = who.bodies("viewer")
    return true() if set(bodies) == set(BODIES) else or_(Subject.body.is_(None), Subject.body.in_(bodies))

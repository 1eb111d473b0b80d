"""Making the reminders that are due, and changing the rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from notifications.messages.drafts import Drafts
from notifications.messages.rules import CHANNELS, LANES, notice_id
from notifications.quiet_hours.rules import check_passing, tidy_reason
from notifications.reminders.models import Reminder, ReminderRule
from notifications.reminders.queries import due_subjects, get_reminder_rule, is_anything_due, rules_in_use
from notifications.reminders.rules import check_reminder, event_type_of, why_left_out
from notifications.subjects.models import Subject
from shared import faults
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.principal import ALL_BODIES
from shared.refusal import Reason, Refused, Stale
from shared.runtime import Runtime
from shared.texts import N_

MADE_AT_ONCE = 200


def remind(runtime: Runtime) -> int:
    """Make the messages of the reminders that are due; how many subjects were worked off.

    The subjects are locked, so that none moves or ends meanwhile, and each is noted in the same transaction. What
    another process has locked is left to it; what a process that died had begun is begun again.
    """
    with runtime.reading() as session:
        if not is_anything_due(session, runtime.clock()):
            return 0
    with runtime.unit_of_work() as work:
        worked_off = 0
        for rule in rules_in_use(work.session):
            subjects = due_subjects(work.session, rule, work.now, MADE_AT_ONCE)
            _remind_of(work, rule, [subject for subject in subjects if _is_to_be_made(work, rule, subject)])
            worked_off += len(subjects)
        faults.reach("remind.before-commit")
    faults.reach("remind.after-commit")
    return worked_off


def _is_to_be_made(work: UnitOfWork, rule: ReminderRule, subject: Subject) -> bool:
    """Note that this reminder is worked off, and how; False when it was before, or is left out."""
    reason = why_left_out(subject.starts_at, rule.before, subject.told_at, rule.apart)
    values = {
        "subject": subject.subject,
        "rule_id": rule.id,
        "version": subject.version,
        "state": "left-out" if reason else "made",
        "reason": reason,
        "at": work.now,
    }
    insert = insert_on(dialect_of(work.session))(Reminder).values(**values).on_conflict_do_nothing()
    is_new = work.session.execute(insert.returning(Reminder.version)).first() is not None
    return is_new and reason is None


def _remind_of(work: UnitOfWork, rule: ReminderRule, subjects: Sequence[Subject]) -> None:
    drafts = Drafts(work)
    wanted = {
        notice_id(subject.event_id, rule.key, person): (subject, UUID(person))
        for subject in subjects
        for person in subject.people
    }
    known = drafts.known(list(wanted))
    drafts.look_up([person for _, person in wanted.values()])
    for key, (subject, person) in wanted.items():
        if key in known:
            continue
        notice = drafts.add(_common(rule, subject), key, person, about=person)
        drafts.step(notice, "reminded", rule=rule.key, rule_version=rule.version, minutes=rule.minutes_before)
        drafts.resolve(notice)
    drafts.write()


def _common(rule: ReminderRule, subject: Subject) -> dict[str, Any]:
    return {
        "event_id": subject.event_id,
        "event_type": event_type_of(subject.kind),
        "event_time": subject.event_time,
        "subject": subject.subject,
        "correlation_id": subject.correlation_id,
        "traceparent": subject.traceparent,
        "rule_key": rule.key,
        "rule_version": rule.version,
        "template_key": rule.template_key,
        "channels": list(rule.channels),
        "lane": LANES[rule.lane],
        "category": rule.category,
        "subject_version": subject.version,
        "passes_quiet_hours": rule.passes_quiet_hours,
        "body": subject.body,
        "facts": dict(subject.facts),
        "expires_at": subject.starts_at,
    }


def change_reminder_rule(
    work: UnitOfWork,
    rule_id: UUID,
    *,
    version: int,
    minutes_before: int,
    apart_minutes: int,
    channels: Sequence[str],
    lane: str,
    passes_quiet_hours: bool,
    active: bool,
    passes_reason: str = "",
) -> ReminderRule:
    """Change when and how people are reminded. Reminders that were due before now are not made afterwards. A rule that
    begins to pass the quiet hours needs a reason.

    Forbidden without the role of a manager of all bodies, Stale when somebody changed it in between, Refused with
    every broken rule.
    """
    work.actor.demand("manager", ALL_BODIES)
    work.lock(ReminderRule, rule_id)
    rule = get_reminder_rule(work.session, rule_id)
    if rule.version != version:
        raise Stale(rule.version)
    reasons = check_reminder(minutes_before, apart_minutes)
    if not channels or set(channels) - set(CHANNELS):
        reasons.append(Reason("channels", N_("Choose SMS, e-mail or both."), "channels"))
    if lane not in LANES:
        reasons.append(Reason("lane", N_("Choose urgent, normal or bulk."), "lane"))
    why = tidy_reason(passes_reason, rule.passes_reason if rule.passes_quiet_hours else "")
    reasons += check_passing(passes_quiet_hours and not rule.passes_quiet_hours, why)
    if reasons:
        raise Refused.many(reasons)
    if minutes_before != rule.minutes_before or (active and not rule.active):
        rule.since = work.now
    rule.minutes_before, rule.apart_minutes = minutes_before, apart_minutes
    rule.channels = [channel for channel in CHANNELS if channel in channels]
    rule.lane, rule.passes_quiet_hours, rule.active = lane, passes_quiet_hours, active
    rule.passes_reason = why if passes_quiet_hours else ""
    rule.version += 1
    said = {"passes_because": why} if passes_quiet_hours else {}
    work.audit("reminder-rule-changed", f"reminder-rule/{rule.id}", key=rule.key, active=active, **said)
    work.session.flush()
    return rule

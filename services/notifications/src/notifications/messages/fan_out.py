"""From an event to messages: rules, recipients, channels, in the transaction that takes the event in.

Recipients are worked off in chunks, each with a handful of statements, so that an event for ten thousand takes
seconds and no more memory than one for five hundred.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifications.messages.drafts import Drafts
from notifications.messages.models import Notice
from notifications.messages.rules import LANES, expiry, notice_id, too_old
from notifications.rules.models import Rule
from shared.database import UnitOfWork
from shared.events.envelope import TYPE_PREFIX
from shared.inbox import ReceivedEvent

CHUNK = 500


def announce(
    work: UnitOfWork,
    event: ReceivedEvent,
    people: Iterable[UUID],
    *,
    facts: Mapping[str, Any],
    starts_at: datetime | None = None,
    held_back: str | None = None,
    pressing: bool = False,
    body: str | None = None,
) -> int:
    """Make the notices and messages of an event for the people that it concerns; how many notices were new.

    Each rule of the event whose condition fits makes one notice per person. A repeated event makes nothing new.
    What begins before now (`starts_at`), what is older than the rule's freshness, and what has a reason to be
    `held_back` is noted and not sent. What is `pressing` passes quiet hours whatever the rule says. `body` owns the
    messages: None is anybody's, '*' only for those who see all bodies.
    """
    event_type = event.type.removeprefix(TYPE_PREFIX).rpartition(".v")[0]
    recipients = list(dict.fromkeys(people))
    rules = work.session.scalars(select(Rule).where(Rule.event_type == event_type, Rule.active).order_by(Rule.key))
    made = 0
    for rule in rules.all():
        if not rule.applies_to(dict(facts)):
            continue
        common = {
            "event_id": event.id,
            "event_type": event_type,
            "event_time": event.time,
            "subject": event.subject,
            "correlation_id": work.correlation_id,
            "traceparent": work.traceparent,
            "rule_key": rule.key,
            "rule_version": rule.version,
            "template_key": rule.template_key,
            "channels": list(rule.channels),
            "lane": LANES[rule.lane],
            "category": rule.category,
            "subject_version": event.version,
            "passes_quiet_hours": rule.passes_quiet_hours or pressing,
            "body": body,
            "facts": dict(facts),
            "expires_at": expiry(work.now, starts_at, rule.longest),
        }
        reason = held_back
        if reason is None and starts_at is not None and starts_at <= work.now:
            reason = "past"
        elif reason is None and too_old(event.time, work.now, rule.freshness):
            reason = "too-old"
        drafts = Drafts(work)
        for chunk in _chunks(recipients):
            made += _announce_to(drafts, common, chunk, reason)
            drafts.write()
    return made


def _chunks(people: Iterable[UUID]) -> Iterable[list[UUID]]:
    remaining = iter(people)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _announce_to(drafts: Drafts, common: Mapping[str, Any], people: Sequence[UUID], held_back: str | None) -> int:
    keys = {notice_id(common["event_id"], common["rule_key"], person): person for person in people}
    known = drafts.known(list(keys))
    new = {key: person for key, person in keys.items() if key not in known}
    drafts.look_up(list(new.values()))
    for key, person in new.items():
        notice = drafts.add(common, key, person, about=person)
        drafts.step(notice, "noticed", event=common["event_type"], rule=common["rule_key"],
                    rule_version=common["rule_version"])  # fmt: skip
        if held_back is not None:
            drafts.suppress(notice, held_back)
        else:
            drafts.resolve(notice)
    return len(new)


def resolve(work: UnitOfWork, notice: Notice) -> None:
    """Make the messages of a notice that waited, or leave it waiting while nothing is known of the contact."""
    values = {column.key: getattr(notice, column.key) for column in Notice.__table__.columns}
    drafts = Drafts(work)
    drafts.look_up([notice.person_id])
    drafts.resolve(values)
    notice.state, notice.reason, notice.accepted = values["state"], values["reason"], values["accepted"]
    work.session.flush()
    drafts.write()

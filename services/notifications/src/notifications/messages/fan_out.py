"""From an event to messages: rules, recipients, channels, in the transaction that takes the event in.

Recipients are worked off in chunks, each with a handful of statements, so that an event for ten thousand takes
seconds and no more memory than one for five hundred.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from notifications.messages.announcements import Announcement, Rehearsal
from notifications.messages.drafts import Drafts
from notifications.messages.models import Notice
from notifications.messages.rules import LANES, expiry, notice_id, too_old
from notifications.rules.audiences import list_of, whom_to_tell
from notifications.rules.models import Rule
from notifications.subjects.queries import needed_by
from notifications.wording.values import storable
from shared.database import UnitOfWork
from shared.former_people import still_there
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
    was_starts_at: datetime | None = None,
) -> int:
    """Make the notices and messages of an event for the people that it concerns; how many notices were new.

    Each rule of the event whose condition fits makes one notice per person. A repeated event makes nothing new.
    What begins before now (`starts_at`), what is older than the rule's freshness, and what has a reason to be
    `held_back` is noted and not sent. What is `pressing` changes where people are to be: it does not wait for the
    morning where they might set out before, for the beginning that they know of (`was_starts_at`) or the new one.
    `body` owns the messages: None is anybody's, '*' only for those who see all bodies.
    """
    recipients = tuple(dict.fromkeys(people))
    announcement = Announcement(event, recipients, storable(facts), starts_at, held_back, pressing, body, was_starts_at)
    if isinstance(work, Rehearsal):
        work.announced.append(announcement)
        return 0
    rules = work.session.scalars(
        select(Rule)
        .where(Rule.event_type == announcement.event_type, or_(Rule.active, Rule.switched_on))
        .order_by(Rule.key)
    )
    return sum(carry_out(work, Drafts(work), rule, announcement) for rule in rules.all())


def carry_out(work: UnitOfWork, drafts: Drafts, rule: Rule, announcement: Announcement) -> int:
    """Make the notices and messages of one rule, where its condition fits; how many notices were new."""
    event = announcement.event
    if not rule.applies_to(announcement.facts, event.data):
        return 0
    common = {
        "event_id": event.id,
        "event_type": announcement.event_type,
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
        "passes_quiet_hours": rule.passes_quiet_hours,
        "passes_because": "rule" if rule.passes_quiet_hours else None,
        "needed_by": needed_by(work, announcement),
        "audience": list_of(rule, announcement),
        "body": announcement.body,
        "facts": announcement.facts,
        "expires_at": expiry(work.now, announcement.starts_at, rule.longest),
    }
    made = 0
    for chunk in _chunks(still_there(work.session, whom_to_tell(work, rule, announcement))):
        made += _announce_to(drafts, common, chunk, _why_not(announcement, rule, work.now))
        drafts.write()
    return made


def _why_not(announcement: Announcement, rule: Rule, now: datetime) -> str | None:
    """Why nobody is told, or None."""
    if announcement.held_back is not None:
        return announcement.held_back
    if announcement.starts_at is not None and announcement.starts_at <= now:
        return "past"
    return "too-old" if too_old(announcement.event.time, now, rule.freshness) else None


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
    drafts.write()
    for name in ("state", "reason", "accepted", "window_id"):
        setattr(notice, name, values[name])
    work.session.flush()

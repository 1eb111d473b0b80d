"""From an event to messages: rules, recipients, channels, in the transaction that takes the event in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifications.contacts.models import Contact
from notifications.messages.models import Message, Notice
from notifications.messages.rules import LANES, expiry, message_id, notice_id, too_old
from notifications.messages.steps import add_step
from notifications.messages.superseding import supersede
from notifications.published import CONTACT_UNREACHABLE
from notifications.rules.models import Rule
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import find_template
from shared.database import UnitOfWork
from shared.database.leases import database_now
from shared.events.envelope import TYPE_PREFIX
from shared.identifiers import new_id
from shared.inbox import ReceivedEvent


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
) -> list[Notice]:
    """Make the notices and messages of an event for the people that it concerns.

    Each rule of the event whose condition fits makes one notice per person. A repeated event makes nothing new.
    What begins before now (`starts_at`), what is older than the rule's freshness, and what has a reason to be
    `held_back` is noted and not sent. What is `pressing` passes quiet hours whatever the rule says. `body` owns the
    messages: None is anybody's, '*' only for those who see all bodies.
    """
    event_type = event.type.removeprefix(TYPE_PREFIX).rpartition(".v")[0]
    recipients = list(dict.fromkeys(people))
    made = []
    for rule in work.session.scalars(select(Rule).where(Rule.event_type == event_type, Rule.active).order_by(Rule.key)):
        if not rule.applies_to(dict(facts)):
            continue
        for person_id in recipients:
            notice = _add_notice(work, event, rule, event_type, person_id, person_id, facts, starts_at, body)
            if notice is None:
                continue
            made.append(notice)
            notice.passes_quiet_hours |= pressing
            if held_back is not None:
                _hold_back(work, notice, held_back)
            elif starts_at is not None and starts_at <= work.now:
                _hold_back(work, notice, "past")
            elif too_old(event.time, work.now, rule.freshness):
                _hold_back(work, notice, "too-old")
            else:
                resolve(work, notice)
    return made


def _add_notice(
    work: UnitOfWork,
    event: ReceivedEvent,
    rule: Rule,
    event_type: str,
    person_id: UUID,
    about_id: UUID,
    facts: Mapping[str, Any],
    starts_at: datetime | None,
    body: str | None,
) -> Notice | None:
    key = notice_id(event.id, rule.key, person_id)
    if work.session.scalar(select(Notice.id).where(Notice.notice_key == key)) is not None:
        return None
    notice = Notice(
        id=new_id(),
        notice_key=key,
        event_id=event.id,
        event_type=event_type,
        event_time=event.time,
        subject=event.subject,
        correlation_id=work.correlation_id,
        rule_key=rule.key,
        rule_version=rule.version,
        template_key=rule.template_key,
        channels=list(rule.channels),
        lane=LANES[rule.lane],
        passes_quiet_hours=rule.passes_quiet_hours,
        person_id=person_id,
        about_id=about_id,
        body=body,
        facts=dict(facts),
        expires_at=expiry(work.now, starts_at, rule.longest),
        state="waiting",
        accepted=0,
        created_at=work.now,
    )
    work.session.add(notice)
    work.session.flush()
    add_step(work, notice.id, "noticed", event=event_type, rule=rule.key, rule_version=rule.version)
    return notice


def _hold_back(work: UnitOfWork, notice: Notice, reason: str) -> None:
    notice.state, notice.reason = "suppressed", reason
    add_step(work, notice.id, "suppressed", reason=reason)


def resolve(work: UnitOfWork, notice: Notice) -> None:
    """Make the messages of a notice, or leave it waiting while nothing is known of the person's contact."""
    contact = work.session.get(Contact, notice.person_id)
    if contact is None:
        notice.state = "waiting"
        add_step(work, notice.id, "waiting-for-contact")
    elif contact.guardians and notice.about_id == notice.person_id:
        _pass_on(work, notice, [UUID(guardian) for guardian in contact.guardians])
    else:
        _make_messages(work, notice, contact)


def _pass_on(work: UnitOfWork, notice: Notice, guardians: list[UUID]) -> None:
    """A child is not written to: each guardian gets a notice of their own."""
    notice.state, notice.reason = "passed-on", "guardians"
    add_step(work, notice.id, "passed-on", guardians=[str(guardian) for guardian in guardians])
    for guardian in guardians:
        key = notice_id(notice.event_id, notice.rule_key, guardian, str(notice.about_id))
        if work.session.scalar(select(Notice.id).where(Notice.notice_key == key)) is not None:
            continue
        values = {
            column.key: getattr(notice, column.key)
            for column in Notice.__table__.columns
            if column.key not in ("id", "notice_key", "person_id", "state", "reason", "accepted", "created_at")
        }
        own = Notice(id=new_id(), notice_key=key, person_id=guardian, state="waiting", created_at=work.now, **values)
        own.accepted = 0
        work.session.add(own)
        work.session.flush()
        add_step(work, own.id, "noticed", event=own.event_type, rule=own.rule_key, as_guardian=True)
        resolve(work, own)


def _make_messages(work: UnitOfWork, notice: Notice, contact: Contact) -> None:
    for channel in notice.channels:
        address = contact.address(channel)
        if not address:
            add_step(work, notice.id, "no-address", channel=channel)
            continue
        template = find_template(work.session, notice.template_key, channel, contact.language)
        if template is None:
            add_step(work, notice.id, "no-template", channel=channel, template=notice.template_key)
            continue
        _queue(work, notice, channel, address, template)
    if notice.accepted:
        notice.state, notice.reason = "queued", None
        return
    notice.state, notice.reason = "suppressed", "no-address"
    add_step(work, notice.id, "suppressed", reason="no-address")
    work.record(CONTACT_UNREACHABLE, notice.person_id, {"person_id": notice.person_id, "reason": "no-address"})


def _queue(work: UnitOfWork, notice: Notice, channel: str, address: str, template: TemplateVersion) -> Message:
    supersede(work, notice, channel)
    occurrence = "" if notice.about_id == notice.person_id else str(notice.about_id)
    message = Message(
        id=new_id(),
        message_id=message_id(notice.event_id, notice.person_id, channel, notice.template_key, occurrence),
        notice_id=notice.id,
        event_type=notice.event_type,
        subject=notice.subject,
        person_id=notice.person_id,
        channel=channel,
        language=template.language,
        template_id=template.id,
        body=notice.body,
        address=address,
        lane=notice.lane,
        state="pending",
        attempt=0,
        tries=0,
        on_wire=False,
        maybe_duplicate=False,
        due_at=database_now(work.session.get_bind().dialect.name),
        expires_at=notice.expires_at,
        created_at=work.now,
    )
    work.session.add(message)
    work.session.flush()
    notice.accepted += 1
    add_step(
        work,
        notice.id,
        "queued",
        message.id,
        channel=channel,
        language=template.language,
        template=template.key,
        template_version=template.version,
    )
    return message

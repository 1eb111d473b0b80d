"""Trying many failed messages again, after an outage: which ones, what that costs, and doing it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true, update
from sqlalchemy.orm import Session, joinedload

from notifications.contacts.models import Contact
from notifications.messages.content import render
from notifications.messages.models import BulkRetry, Message, MessageStep
from notifications.messages.queries import find_people, visible_messages
from notifications.sending.settings import SendingSettings
from notifications.suppressions.models import Suppression
from notifications.wording.rendering import MalformedTemplate, MissingValues
from notifications.wording.segments import count_segments
from shared.database import UnitOfWork, dialect_of, insert_rows
from shared.database.leases import database_now
from shared.identifiers import new_id
from shared.principal import ALL_BODIES, Principal
from shared.refusal import NotFound, Refused
from shared.runtime import Runtime
from shared.texts import N_

MOST = 1000
"""So many at once; whoever wants more does it again and sees the figures again."""
BATCH = 200
NEVER_SETTLED = "never-settled"
"""It may have arrived: such a message is looked at one by one."""


@dataclass(frozen=True)
class Failed:
    """Which failed messages somebody means; `q` is a part of a name. Those that failed from `before` on are not among
    them: nobody has looked at them yet."""

    before: datetime
    person: UUID | None = None
    channel: str | None = None
    event_type: str | None = None
    q: str | None = None

    def filters(self) -> dict[str, str]:
        """What was chosen, for the record."""
        given = {"person": self.person, "channel": self.channel, "event_type": self.event_type, "q": self.q}
        return {name: str(value) for name, value in given.items() if value}


@dataclass(frozen=True)
class RetryEstimate:
    """What trying again would mean: `messages` by channel, at most MOST of them; `left` are beyond that. `left_out`
    counts by reason those that are not tried: useless, left-alone, may-have-arrived."""

    messages: Mapping[str, int] = field(default_factory=dict)
    segments: int = 0
    cost: int = 0
    left: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.messages.values())


def estimate_retry(session: Session, who: Principal, failed: Failed, runtime: Runtime) -> RetryEstimate:
    """Count, without changing anything. `cost` in hao is that of the first gateway."""
    settings, now = SendingSettings.of(runtime.settings), runtime.clock()
    mine = _chosen(session, who, failed)
    wanted = and_(mine, _worth_it(now))
    loaded = (joinedload(Message.notice), joinedload(Message.template), joinedload(Message.contact))
    found = session.scalars(select(Message).where(wanted).options(*loaded).order_by(Message.id).limit(MOST)).all()
    lengths = _Lengths(session, settings, runtime.settings.time_zone)
    gateway = settings.sms_providers[0] if settings.sms_providers else None
    segments = cost = 0
    for message in found:
        if message.channel == "sms":
            parts = lengths.of(message)
            segments += parts
            cost += gateway.cost(parts, message.address) if gateway is not None else 0
    everything = session.scalar(select(func.count()).select_from(Message).where(wanted)) or 0
    by_channel = Counter(message.channel for message in found)
    return RetryEstimate(by_channel, segments, cost, everything - len(found), _left_out(session, mine, now))


def retry_many(work: UnitOfWork, failed: Failed) -> BulkRetry:
    """Queue them once more, in batches, each once however often it is asked for: who is queued has not failed any more.

    Never among them: messages of unknown outcome or whose outcome nobody could settle, addresses that are left alone,
    what is not worth sending any more, and what other bodies own. Forbidden below officer; Refused when there is none.
    """
    work.actor.demand("officer")
    wanted = and_(_chosen(work.session, work.actor, failed), _worth_it(work.now))
    retried = 0
    while retried < MOST:
        ids = _take(work, wanted, min(BATCH, MOST - retried))
        retried += ids
        if not ids:
            break
    if not retried:
        raise Refused("nothing-failed", N_("None of these messages can be tried again."))
    left = work.session.scalar(select(func.count()).select_from(Message).where(wanted)) or 0
    made = BulkRetry(
        id=new_id(), filters=failed.filters(), before=failed.before, retried=retried, left=left,
        made_by=work.actor.name[:120], made_at=work.now,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.audit("messages-retried", f"retry/{made.id}", count=retried, left=left, filters=made.filters)
    return made


def get_retry(session: Session, retry_id: UUID) -> BulkRetry:
    """One of them. NotFound."""
    found = session.get(BulkRetry, retry_id)
    if found is None:
        raise NotFound("retry")
    return found


def _take(work: UnitOfWork, wanted: ColumnElement[bool], most: int) -> int:
    rows = work.session.execute(
        select(Message.id, Message.notice_id)
        .where(wanted)
        .order_by(Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        twice = or_(Message.maybe_duplicate, Message.maybe_sent)
        again = {"state": "pending", "reason": None, "tries": 0, "finished_at": None, "on_wire": False, "resting": True}
        work.session.execute(
            update(Message)
            .where(Message.id.in_([row.id for row in rows]), Message.state == "failed")
            .values(
                **again,
                maybe_duplicate=twice,
                maybe_sent=False,
                due_at=database_now(dialect_of(work.session)),
            )
            .execution_options(synchronize_session=False)
        )
        steps: Any = MessageStep.__table__
        facts = {"who": work.actor.name}
        insert_rows(
            work.session,
            steps,
            [
                {"notice_id": row.notice_id, "message_id": row.id, "at": work.now, "kind": "retried-by-staff",
                 "facts": facts}
                for row in rows
            ],
        )  # fmt: skip
    return len(rows)


def _chosen(session: Session, who: Principal, failed: Failed) -> ColumnElement[bool]:
    """Failed messages of the filter that this principal may try again."""
    where: list[ColumnElement[bool]] = [
        Message.state == "failed", Message.finished_at < failed.before, visible_messages(who), _of(who)
    ]  # fmt: skip
    if failed.person is not None:
        where.append(Message.person_id == failed.person)
    if failed.channel:
        where.append(Message.channel == failed.channel)
    if failed.event_type:
        where.append(Message.event_type == failed.event_type)
    if failed.q:
        where.append(Message.person_id.in_(find_people(session, failed.q)))
    return and_(*where)


def _of(who: Principal) -> ColumnElement[bool]:
    """What somebody is an officer of; anybody's messages are every officer's."""
    if who.allows("officer", ALL_BODIES):
        return true()
    bodies = who.bodies("officer")
    return or_(Message.body.is_(None), Message.body.in_(bodies)) if bodies else false()


def _left_alone() -> ColumnElement[bool]:
    return exists().where(
        Suppression.channel == Message.channel,
        Suppression.address == Message.address,
        Suppression.lifted_at.is_(None),
    )


def _worth_it(now: datetime) -> ColumnElement[bool]:
    settled = func.coalesce(Message.reason, "") != NEVER_SETTLED
    return and_(Message.expires_at > now, settled, ~_left_alone())


def _left_out(session: Session, mine: ColumnElement[bool], now: datetime) -> dict[str, int]:
    """Each is counted once, by the first of these reasons."""
    doubtful = Message.reason == NEVER_SETTLED
    useless = Message.expires_at <= now
    counted = {
        "may-have-arrived": and_(mine, doubtful),
        "useless": and_(mine, ~func.coalesce(doubtful, False), useless),
        "left-alone": and_(mine, ~func.coalesce(doubtful, False), ~useless, _left_alone()),
    }
    found = {
        name: session.scalar(select(func.count()).select_from(Message).where(where)) or 0
        for name, where in counted.items()
    }
    return {name: count for name, count in found.items() if count}


class _Lengths:
    """How many parts the SMS would have, rendered as they would be sent."""

    def __init__(self, session: Session, settings: SendingSettings, zone: ZoneInfo) -> None:
        self._session = session
        self._settings = settings
        self._zone = zone
        self._about: dict[UUID, Contact | None] = {}

    def of(self, message: Message) -> int:
        """One where it cannot be rendered: it will fail at no cost."""
        notice, recipient = message.notice, message.contact
        if message.segments or recipient is None:
            return message.segments or 1
        about = self._person(notice.about_id) if notice.about_id != notice.person_id else None
        try:
            content = render(
                message, recipient, about, signature=self._settings.sms_signature, zone=self._zone,
                public_url=self._settings.public_url,
            )  # fmt: skip
        except (MissingValues, MalformedTemplate):
            return 1
        return count_segments(content.text, message.address)

    def _person(self, person_id: UUID) -> Contact | None:
        if person_id not in self._about:
            self._about[person_id] = self._session.get(Contact, person_id)
        return self._about[person_id]

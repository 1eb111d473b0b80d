"""Answers from what is kept: events, rules, notices and messages. What other bodies own is not there for who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifications.asking.rules import NO_RULE, RuleView, Said, sees, why_not
from notifications.messages.announcements import Announcement, Rehearsal
from notifications.messages.models import Message, Notice
from notifications.messages.queries import visible_messages, visible_notices
from notifications.rules.audiences import whom_to_tell
from notifications.rules.conditions import Condition
from notifications.rules.events import events_for_rules
from notifications.rules.models import Rule
from notifications.rules.rehearsing import of_types, rehearse
from shared.database import among
from shared.database.tables import InboxRow
from shared.events.envelope import TYPE_PREFIX
from shared.former_people import still_there
from shared.principal import BODIES, Principal
from shared.runtime import Runtime
from shared.texts import N_

MOST_NOTICES = 200
LOOKED_AT = 2_000
"""How many of the newest events of a span are looked at."""
NOT_HERE = N_("No event with this number came in, or it is not yours to see.")
WAITS = N_("The event came in on %(day)s and is not worked off yet.")
STUCK = N_("The event came in on %(day)s and needs attention: it could not be worked off.")
SKIPPED = N_("Staff skipped the event.")
BEHIND = N_("The event came in when newer news of the same thing was known already.")
DROPPED = N_("The event came in on %(day)s; what it said is not kept any more.")
NOTHING_TOLD = N_("The event came in on %(day)s; nobody is told of such an event.")
NOT_CONCERNED = N_("The event concerns somebody else.")
_STATES = {"waiting": WAITS, "attention": STUCK, "skipped": SKIPPED, "late": BEHIND}
_TONES = {"waiting": "warn", "attention": "bad", "skipped": "warn"}
NOTICE = N_("The rule “%(rule)s” applied: %(state)s")
MESSAGE = N_("%(channel)s: %(state)s")


@dataclass(frozen=True)
class Answer:
    """What became of one event for one person."""

    moment: datetime
    event_type: str
    event_id: UUID
    said: list[Said] = field(default_factory=list)


class Asking:
    """One question about one person, by one principal."""

    def __init__(self, runtime: Runtime, session: Session, who: Principal, person_id: UUID) -> None:
        self._runtime = runtime
        self._session = session
        self._who = who
        self._person = person_id
        self._told = events_for_rules(runtime.service)
        self._bodies = who.bodies("viewer")
        self._all = set(self._bodies) == set(BODIES)

    def of_event(self, event_id: UUID) -> list[Answer]:
        """What became of one event; a single answer also where it is not there."""
        made = self._notices(Notice.event_id == event_id)
        row = self._session.scalars(select(InboxRow).where(InboxRow.event_id == event_id)).first()
        answers = _by_event(made, self._messages(made))
        found = self._of_row(row, made, always=True) if row is not None else None
        if found is not None and answers:
            answers[0].said.extend(found.said)
            return answers
        if found is not None:
            return [found]
        return answers or [Answer(self._runtime.clock(), "", event_id, [Said(NOT_HERE, tone="warn")])]

    def of_span(self, since: datetime, until: datetime) -> list[Answer]:
        """What became of all that concerned the person between two moments, newest first."""
        made = self._notices(Notice.created_at >= since, Notice.created_at < until)
        answers = {one.event_id: one for one in _by_event(made, self._messages(made))}
        rows = select(InboxRow).where(
            InboxRow.id > self._newest() - LOOKED_AT,
            InboxRow.received_at >= since,
            InboxRow.received_at < until,
            InboxRow.status != "passed",
            InboxRow.body.is_not(None),
            of_types(self._told),
        )
        for row in self._session.scalars(rows.order_by(InboxRow.id.desc())):
            found = self._of_row(row, made, always=False)
            if found is None:
                continue
            if row.event_id in answers:
                answers[row.event_id].said.extend(found.said)
            else:
                answers[row.event_id] = found
        return sorted(answers.values(), key=lambda one: one.moment, reverse=True)

    def _newest(self) -> int:
        return self._session.scalar(select(func.max(InboxRow.id))) or 0

    def _notices(self, *where: object) -> Sequence[Notice]:
        mine = (Notice.person_id == self._person) | (Notice.about_id == self._person)
        chosen = select(Notice).where(mine, visible_notices(self._who), *where)  # type: ignore[arg-type]
        return self._session.scalars(chosen.order_by(Notice.id.desc()).limit(MOST_NOTICES)).all()

    def _messages(self, notices: Sequence[Notice]) -> dict[UUID, list[Message]]:
        found: dict[UUID, list[Message]] = {}
        ids = {one.window_id or one.id for one in notices} | {one.id for one in notices}
        if ids:
            chosen = select(Message).where(among(self._session, Message.notice_id, ids), visible_messages(self._who))
            for message in self._session.scalars(chosen.order_by(Message.id)):
                found.setdefault(message.notice_id, []).append(message)
        return found

    def _of_row(self, row: InboxRow, made: Sequence[Notice], *, always: bool) -> Answer | None:
        """None where there is nothing to say, or nothing that this principal may know."""
        name = row.type.removeprefix(TYPE_PREFIX).rpartition(".v")[0]
        answer = Answer(row.received_at, name, row.event_id)
        # Only handlers that tell people are made for being asked without writing.
        asked = row.body is not None and name in self._told
        past = rehearse(self._runtime, self._session, row) if asked else None
        if past is None:
            # Whose it is nobody knows without what it says: only who sees everything is told that it is there.
            if not always or not self._all:
                return None
            answer.said.append(Said(DROPPED if row.body is None else NOTHING_TOLD, {"day": row.received_at}))
            return answer
        mine = [one for one in past.announcements if sees(self._bodies, self._all, one.body)]
        if not mine:
            return None
        if row.status in _STATES:
            concerned = any(self._person in one.people for one in mine)
            if not concerned and not always:
                return None
            said = Said(_STATES[row.status], {"day": row.received_at}, _TONES.get(row.status, "neutral"))
            answer.said.append(said)
            return answer
        concerned = any(self._is_for(one) for one in mine)
        if not concerned and not always:
            return None
        for announcement in mine:
            answer.said.extend(self._rules(row, announcement, made))
        if not concerned:
            answer.said.insert(0, Said(NOT_CONCERNED, tone="warn"))
        return answer

    def _is_for(self, announcement: Announcement) -> bool:
        """Whether the person is among those whom the event concerns, by the ids they have now."""
        return self._person in still_there(self._session, announcement.people)

    def _rules(self, row: InboxRow, announcement: Announcement, made: Sequence[Notice]) -> list[Said]:
        rules = self._session.scalars(
            select(Rule).where(Rule.event_type == announcement.event_type).order_by(Rule.key)
        ).all()
        if not rules:
            return [Said(NO_RULE, tone="warn")]
        told = {one.rule_key for one in made if one.event_id == row.event_id}
        return [why_not(self._view(rule, announcement), row.finished_at) for rule in rules if rule.key not in told]

    def _view(self, rule: Rule, announcement: Announcement) -> RuleView:
        facts, data = announcement.facts, announcement.event.data
        unmet = [one for one in rule.all_conditions() if not _holds(rule, one, facts, data)]
        work = Rehearsal(self._session, service=self._runtime.service.name, now=announcement.event.time)
        people = still_there(self._session, whom_to_tell(work, rule, announcement))
        return RuleView(
            rule.id, rule.key, rule.in_use, rule.reason, rule.audience, rule.updated_at, unmet, self._person in people
        )


def _holds(rule: Rule, one: Condition, facts: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """As the rule itself asks: its first conditions are on what templates are given, the others on the event."""
    return facts.get(one.field) == one.value if one.field in rule.condition else one.holds(data)


def _by_event(notices: Sequence[Notice], messages: dict[UUID, list[Message]]) -> list[Answer]:
    """What is known of each event by its notices and messages."""
    answers: dict[UUID, Answer] = {}
    for notice in notices:
        answer = answers.setdefault(notice.event_id, Answer(notice.created_at, notice.event_type, notice.event_id))
        facts = {"rule": notice.rule_key, "state": notice.state, "reason": notice.reason}
        tone = {"queued": "good", "passed-on": "neutral"}.get(notice.state, "warn")
        answer.said.append(Said(NOTICE, facts, tone, notice_id=notice.id))
        for message in messages.get(notice.id) or messages.get(notice.window_id or notice.id) or []:
            said = {"channel": message.channel, "state": message.state, "reason": message.reason}
            answer.said.append(Said(MESSAGE, said, message.state, message_id=message.id))
    return list(answers.values())

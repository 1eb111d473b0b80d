"""What a rule would have done with the events of the past: who, how many messages and segments, at what cost, and who
would be left out and why. It is the real fan-out over drafts that are never written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages.announcements import Announcement, Rehearsal
from notifications.messages.content import render_text, values_of
from notifications.messages.drafts import Drafts
from notifications.messages.fan_out import carry_out
from notifications.rules.models import Rule
from notifications.rules.rehearsing import PastEvent, past_events
from notifications.sending.settings import SendingSettings
from notifications.short_links import rules as short_links
from notifications.wording.models import TemplateVersion
from notifications.wording.rendering import MalformedTemplate, MissingValues
from notifications.wording.segments import count_segments
from shared.runtime import Runtime

MOST_EVENTS = 100
MOST_LINES = 500


@dataclass(frozen=True)
class Line:
    """One message that would be made, or one person who would be left out (`reason`). `cost` is in hao."""

    moment: datetime
    person_id: UUID
    name: str
    channel: str | None = None
    language: str | None = None
    segments: int = 0
    cost: int = 0
    reason: str | None = None


@dataclass
class DryRun:
    """The outcome over `events` past events, of which the rule's conditions fit `fitting`. `costs` are those of the
    first gateway, in hao; `lines` are cut off after some hundreds, the figures are not."""

    events: int = 0
    fitting: int = 0
    people: set[UUID] = field(default_factory=set)
    messages: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    cost: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        if line.reason is not None:
            self.left_out[line.reason] += 1
        else:
            self.people.add(line.person_id)
            self.messages[line.channel or ""] += 1
            self.segments += line.segments
            self.cost += line.cost
        if len(self.lines) < MOST_LINES:
            self.lines.append(line)


class _DraftsOfNothing(Drafts):
    """Drafts that take every notice for new, and keep what they would write."""

    def __init__(self, work: Rehearsal) -> None:
        super().__init__(work)
        self.notices: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []

    def known(self, keys: Sequence[UUID]) -> set[UUID]:
        return set()

    def write(self) -> None:
        self.notices += self._notices
        self.messages += self._messages
        self.steps += self._steps
        self._notices, self._messages, self._steps = [], [], []


def dry_run(runtime: Runtime, session: Session, rule: Rule, most: int = MOST_EVENTS) -> DryRun:
    """Try a rule, also one that is in no table, on the newest past events of its kind. Nothing is written."""
    result = DryRun()
    figures = _Figures(runtime, session, SendingSettings.of(runtime.settings))
    for past in past_events(runtime, session, [rule.event_type], most):
        result.events += 1
        for announcement in past.announcements:
            _try(runtime, session, rule, past, announcement, result, figures)
    return result


def _try(
    runtime: Runtime,
    session: Session,
    rule: Rule,
    past: PastEvent,
    announcement: Announcement,
    result: DryRun,
    figures: "_Figures",
) -> None:
    if not rule.applies_to(announcement.facts, announcement.event.data):
        return
    result.fitting += 1
    work = Rehearsal(session, service=runtime.service.name, now=past.moment)
    drafts = _DraftsOfNothing(work)
    carry_out(work, drafts, rule, announcement)
    notices = {notice["id"]: notice for notice in drafts.notices}
    for message in drafts.messages:
        result.add(figures.line(past.moment, message, notices[message["notice_id"]]))
    for notice in drafts.notices:
        if notice["state"] != "passed-on" and not notice["accepted"]:
            reason = notice["reason"] or "no-contact"
            result.add(Line(past.moment, notice["person_id"], figures.name(notice["person_id"]), reason=reason))
    for step in drafts.steps:
        if step["kind"] in ("no-template", "no-address", "channel-off") and notices[step["notice_id"]]["accepted"]:
            result.left_out[step["kind"]] += 1


class _Figures:
    """Renders what would be sent, for its segments and its cost."""

    def __init__(self, runtime: Runtime, session: Session, settings: SendingSettings) -> None:
        self._runtime = runtime
        self._session = session
        self._settings = settings
        self._names: dict[UUID, str] = {}
        self._texts: dict[UUID, TemplateVersion] = {}

    def name(self, person_id: UUID) -> str:
        if person_id not in self._names:
            name = self._session.scalar(select(Contact.name).where(Contact.person_id == person_id))
            self._names[person_id] = name or ""
        return self._names[person_id]

    def line(self, moment: datetime, message: dict[str, Any], notice: dict[str, Any]) -> Line:
        person, channel = message["person_id"], message["channel"]
        line = Line(moment, person, self.name(person), channel, message["language"])
        try:
            text = self._text(message, notice)
        except MissingValues:
            return Line(moment, person, line.name, channel, reason="missing-placeholder")
        except MalformedTemplate:
            return Line(moment, person, line.name, channel, reason="malformed-template")
        if channel != "sms":
            return line
        segments = count_segments(text, message["address"])
        gateway = self._settings.sms_providers[0] if self._settings.sms_providers else None
        cost = gateway.cost(segments, message["address"]) if gateway is not None else 0
        return Line(moment, person, line.name, channel, message["language"], segments, cost)

    def _text(self, message: dict[str, Any], notice: dict[str, Any]) -> str:
        template = self._texts.get(message["template_id"])
        if template is None:
            template = self._session.get_one(TemplateVersion, message["template_id"])
            self._texts[template.id] = template
        about = notice["about_id"]
        values = values_of(
            notice["facts"], message["language"], self._runtime.settings.time_zone,
            name=self.name(message["person_id"]),
            about_name=self.name(about) if about != message["person_id"] else None,
            links=short_links.values(self._settings.public_url),
        )  # fmt: skip
        return render_text(
            message["channel"], message["language"], template.subject, template.body, values,
            self._settings.sms_signature,
        ).text  # fmt: skip

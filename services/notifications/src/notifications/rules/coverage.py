"""What is told and in which words: event by channel by language, with what is missing."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.providers.models import ApprovedText
from notifications.reminders.models import ReminderRule
from notifications.reminders.rules import event_type_of
from notifications.rules.commands import all_rules
from notifications.rules.events import events_for_rules
from notifications.rules.models import Rule
from notifications.wording.approvals import Demands
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import drafts, templates_in_use
from notifications.wording.values import LANGUAGES
from shared.service import Service

CHANNELS = ("sms", "email")


@dataclass(frozen=True)
class Cell:
    """One text that a rule needs. `state`: unused (the rule does not use the channel), missing, draft, published, or
    unapproved (published, and no gateway would send it)."""

    channel: str
    language: str
    state: str
    version: int | None = None


@dataclass(frozen=True)
class Line:
    """One event and one of its rules; `key` is None where nobody is told. A rule of reminders has no `rule_id`."""

    event_type: str
    key: str | None = None
    template_key: str = ""
    in_use: bool = False
    rule_id: UUID | None = None
    cells: tuple[Cell, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a rule is in use and all its texts can be sent."""
        return self.in_use and {cell.state for cell in self.cells} <= {"published", "unused"}


def coverage(session: Session, service: Service, demands: Demands) -> list[Line]:
    """A line for each rule, and one for each event that has none; ordered by event."""
    texts = {(one.key, one.channel, one.language): one for one in templates_in_use(session)}
    written = {(one.key, one.channel, one.language) for one in drafts(session)}
    approved = _approved(session, demands)

    def line(event_type: str, rule: Rule | ReminderRule, in_use: bool) -> Line:
        cells = tuple(_cells(rule, texts, written, approved))
        rule_id = rule.id if isinstance(rule, Rule) else None
        return Line(event_type, rule.key, rule.template_key, in_use, rule_id, cells)

    lines = [line(rule.event_type, rule, rule.in_use) for rule in all_rules(session)]
    for reminder in session.scalars(select(ReminderRule).order_by(ReminderRule.key)):
        lines.append(line(event_type_of(reminder.kind), reminder, reminder.active))
    told = {one.event_type for one in lines}
    lines += [Line(event_type) for event_type in events_for_rules(service) if event_type not in told]
    return sorted(lines, key=lambda one: one.event_type)


def _cells(
    rule: Rule | ReminderRule,
    texts: dict[tuple[str, str, str], TemplateVersion],
    written: Collection[tuple[str, str, str]],
    approved: Collection[UUID] | None,
) -> list[Cell]:
    made = []
    for channel in CHANNELS:
        for language in LANGUAGES:
            text: Any = texts.get((rule.template_key, channel, language))
            if channel not in rule.channels:
                state = "unused"
            elif text is None:
                state = "draft" if (rule.template_key, channel, language) in written else "missing"
            elif channel == "sms" and approved is not None and text.id not in approved:
                state = "unapproved"
            else:
                state = "published"
            made.append(Cell(channel, language, state, text.version if text is not None else None))
    return made


def _approved(session: Session, demands: Demands) -> set[UUID] | None:
    """The texts that some gateway would send; None where one of them takes any text."""
    if demands.free:
        return None
    rows = select(ApprovedText.template_id).where(ApprovedText.provider.in_(demands.approving))
    return set(session.scalars(rows))

"""What must be right before a rule is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from notifications.contacts.models import Organisation
from notifications.messages.rules import CHANNELS, LANES
from notifications.preferences.rules import CATEGORIES
from notifications.rules.audiences import AUDIENCES
from notifications.rules.conditions import Condition, check_conditions
from notifications.rules.events import ORGANISATION, SHIFT, events_for_rules, fields_of, has_a_time, is_confidential
from notifications.wording.catalogue import placeholders_of
from notifications.wording.queries import TEST_COPY, find_template
from notifications.wording.rendering import read_template
from shared.refusal import Reason
from shared.service import Service
from shared.texts import N_

LONGEST_KEY = 55


@dataclass(frozen=True)
class RuleText:
    """All that staff say of a rule, whether it is in use apart."""

    event_type: str
    template_key: str
    channels: Sequence[str]
    lane: str
    passes_quiet_hours: bool
    fresh_hours: int
    longest_hours: int
    category: str
    audience: str = "person"
    organisation_id: UUID | None = None
    conditions: tuple[Condition, ...] = ()
    passes_reason: str = ""

    def columns(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the table. What the release before understands is written in its way."""
        plain = self.is_plain(facts)
        return {
            "event_type": self.event_type,
            "template_key": self.template_key,
            "channels": [channel for channel in CHANNELS if channel in self.channels],
            "lane": self.lane,
            "passes_quiet_hours": self.passes_quiet_hours,
            "passes_reason": self.passes_reason if self.passes_quiet_hours else "",
            "fresh_hours": self.fresh_hours,
            "longest_hours": self.longest_hours,
            "category": self.category,
            "audience": self.audience,
            "organisation_id": self.organisation_id if self.audience == "members" else None,
            "condition": {one.field: one.value for one in self.conditions} if plain else {},
            "conditions": [] if plain else [one.entry() for one in self.conditions],
        }

    def is_plain(self, facts: Mapping[str, Any]) -> bool:
        """Whether the release before can carry it out: for the person, and comparing facts with single values."""
        fields = [one.field for one in self.conditions]
        simple = all(one.comparison == "is" and one.field in facts for one in self.conditions)
        return self.audience == "person" and simple and len(set(fields)) == len(fields)


def check_rule(session: Session, service: Service, text: RuleText) -> list[Reason]:
    """Every reason not to keep it."""
    if text.event_type not in events_for_rules(service):
        return [Reason("event", N_("There is no such event."), "event_type")]
    fields = fields_of(service, text.event_type)
    reasons = _choices(text) + check_conditions(text.conditions, fields)
    if text.audience == "members":
        if text.organisation_id is None and ORGANISATION not in fields:
            reasons.append(
                Reason("organisation", N_("This event names no organisation: choose one."), "organisation_id")
            )
        elif text.organisation_id is not None and session.get(Organisation, text.organisation_id) is None:
            reasons.append(Reason("organisation", N_("There is no such organisation."), "organisation_id"))
    return reasons + _audience(text, fields) + check_name(text.template_key, "template_key") + _texts(session, text)


def _audience(text: RuleText, fields: Mapping[str, str]) -> list[Reason]:
    """Why these people cannot be told of this event."""
    if text.audience in ("members", "shift", "on-duty") and is_confidential(text.event_type):
        said = N_("This is confidential: only whom it concerns, and staff of the owning body, may hear of it.")
        return [Reason("confidential", said, "audience")]
    if text.audience == "shift" and SHIFT not in fields:
        return [Reason("shift", N_("This event names no shift."), "audience")]
    if text.audience == "on-duty" and not has_a_time(text.event_type):
        return [Reason("no-time", N_("What this event is about begins at no time."), "audience")]
    return []


def check_name(name: str, field: str) -> list[Reason]:
    """Names of rules and templates stand in addresses and in ids."""
    good = name.strip() == name and 0 < len(name) <= LONGEST_KEY and not set(name) & set("/|?#%\\")
    if good and name.isprintable() and not name.startswith(TEST_COPY):
        return []
    text = N_("A name has 1 to %(most)s characters, and none of / | ? # %%.")
    return [Reason("name", text, field, {"most": LONGEST_KEY})]


def _choices(text: RuleText) -> list[Reason]:
    reasons = []
    if not text.channels or set(text.channels) - set(CHANNELS):
        reasons.append(Reason("channels", N_("Choose SMS, e-mail or both."), "channels"))
    if text.lane not in LANES:
        reasons.append(Reason("lane", N_("Choose urgent, normal or bulk."), "lane"))
    if text.category not in CATEGORIES:
        reasons.append(Reason("category", N_("There is no such category."), "category"))
    if text.audience not in AUDIENCES:
        reasons.append(Reason("audience", N_("There is no such audience."), "audience"))
    for name, hours in (("fresh_hours", text.fresh_hours), ("longest_hours", text.longest_hours)):
        if not 1 <= hours <= 24 * 30:
            reasons.append(Reason("hours", N_("From 1 to 720 hours."), name))
    return reasons


def _texts(session: Session, text: RuleText) -> list[Reason]:
    """The texts in use must ask for nothing that this event does not give."""
    offered = placeholders_of({text.event_type})
    unknown: dict[str, None] = {}
    for channel in text.channels:
        template = find_template(session, text.template_key, channel, "zh-Hans")
        for body in (template.subject, template.body) if template is not None else ():
            unknown |= dict.fromkeys(name for name in read_template(body).names() if name not in offered)
    if not unknown:
        return []
    said = N_("This template asks for %(names)s, which the event does not give.")
    return [Reason("template-unfit", said, "template_key", {"names": ", ".join(unknown)})]


def without_text(session: Session, template_key: str, channels: Sequence[str]) -> list[str]:
    """The channels for which nothing is published."""
    return [one for one in channels if find_template(session, template_key, one, "zh-Hans") is None]

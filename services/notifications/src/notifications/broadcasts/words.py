"""States, reasons, placeholders and decisions in words, for pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale, gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.broadcasts.models import Broadcast
from shared.database.tables import AuditRow
from shared.texts import N_

STATES = {
    "draft": N_("Draft"),
    "waiting": N_("Waits for approval"),
    "running": N_("Being sent"),
    "done": N_("Done"),
    "stopped": N_("Stopped"),
    "discarded": N_("Discarded"),
}
TONES = {"draft": "neutral", "waiting": "warn", "running": "info", "done": "good", "stopped": "bad"}
PLACEHOLDERS = {
    "what": N_("What it is about"),
    "details": N_("Details"),
    "when": N_("When"),
    "place": N_("Where"),
    "contact": N_("Who answers questions"),
}
LEFT_OUT = {
    "no-contact": N_("Nothing is known of how to reach them"),
    "no-address": N_("No address for the chosen channels"),
    "opted-out": N_("They switched announcements off"),
    "channel-off": N_("They switched the chosen channels off"),
    "address-suppressed": N_("Their address is left alone"),
    "not-on-allow-list": N_("Not on the allow-list of this place of testing"),
    "broadcast-stopped": N_("It was stopped before their turn"),
}
_DECISIONS = {
    "broadcast-written": N_("Written"),
    "broadcast-changed": N_("Changed"),
    "broadcast-handed-in": N_("Handed in"),
    "broadcast-approved": N_("Approved"),
    "broadcast-given-back": N_("Given back"),
    "broadcast-discarded": N_("Discarded"),
    "broadcast-stopped": N_("Stopped"),
    "broadcast-tried": N_("Tried on oneself"),
}
_DECISION_TONES = {"broadcast-approved": "good", "broadcast-stopped": "bad", "broadcast-given-back": "warn"}


def in_reader_language(text: Mapping[str, str]) -> str:
    """One of the two languages of a public text."""
    locale = get_locale()
    return text["zh" if locale is not None and locale.language == "zh" else "en"]


def placeholder_word(name: str) -> str:
    return gettext(PLACEHOLDERS[name]) if name in PLACEHOLDERS else name


def left_out_word(reason: str) -> str:
    return gettext(LEFT_OUT[reason]) if reason in LEFT_OUT else reason


def state_word(state: str) -> str:
    return gettext(STATES[state])


def decisions_of(session: Session, broadcast: Broadcast) -> list[dict[str, Any]]:
    """Who decided what, for the kit's timeline; oldest first."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject == broadcast.subject).order_by(AuditRow.id))
    return [
        {
            "at": row.at,
            "what": gettext(_DECISIONS.get(row.action, row.action)),
            "who": row.actor_name,
            "detail": _detail(row.facts),
            "tone": _DECISION_TONES.get(row.action, "neutral"),
        }
        for row in rows
    ]


def _detail(facts: Mapping[str, Any]) -> str:
    if "people" in facts:
        return ngettext("%(num)d person", "%(num)d people", facts["people"])
    if "cancelled" in facts:
        return gettext("%(number)s messages were cancelled", number=facts["cancelled"])
    return ""

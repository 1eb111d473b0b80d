"""The words for states, kinds and outcomes on pages, and the tone in which a state is shown."""

from typing import Any

from flask import Flask
from flask_babel import gettext

from shared.texts import N_

WORDS = {
    "requested": N_("Waiting for a room"),
    "unplaced": N_("Needs another time"),
    "scheduled": N_("Scheduled"),
    "held": N_("Held"),
    "cancelled": N_("Cancelled"),
    "appointment": N_("By appointment"),
    "walk-in": N_("Walked in"),
    "advised": N_("Advised"),
    "referred": N_("Referred"),
    "follow-up": N_("To be followed up"),
    "open": N_("Open"),
    "planned": N_("Planned"),
    "closed": N_("Closed"),
    "settled": N_("Settled"),
    "unsettled": N_("Not settled"),
    "wages": N_("Wages"),
    "work": N_("Work"),
    "family": N_("Family"),
    "neighbours": N_("Neighbours"),
    "other": N_("Other"),
    "submitted": N_("Waiting for a visit"),
    "visited": N_("Waiting for a decision"),
    "approved": N_("Approved, to be paid"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
    "paid": N_("Paid"),
    "reversed": N_("Taken back"),
    "illness": N_("Illness"),
    "injury": N_("Injury"),
    "accident": N_("Accident"),
    "study": N_("Schooling"),
    "disaster": N_("Disaster"),
    "hardship": N_("Hardship"),
    "budget": N_("Budget"),
    "reservation": N_("Reserved"),
    "release": N_("Released"),
    "payment": N_("Paid out"),
    "reversal": N_("Taken back"),
    "returned": N_("The family gave it back"),
    "wrong-person": N_("Paid to the wrong person"),
    "wrong-amount": N_("Wrong amount"),
}
STATES_IN_SENTENCES = (
    N_("held"),
    N_("cancelled"),
    N_("settled"),
    N_("unsettled"),
    N_("submitted"),
    N_("visited"),
    N_("approved"),
    N_("declined"),
    N_("withdrawn"),
    N_("paid"),
    N_("reversed"),
)
TONES = {
    "planned": "info",
    "requested": "info",
    "unplaced": "bad",
    "scheduled": "info",
    "held": "good",
    "open": "warn",
    "settled": "good",
    "submitted": "warn",
    "visited": "warn",
    "approved": "info",
    "paid": "good",
    "reversed": "bad",
    "release": "warn",
    "reservation": "info",
    "payment": "good",
    "reversal": "bad",
}
WHAT_HAPPENED = {
    "talk-arranged": N_("Appointment made; the room was asked for"),
    "talk-scheduled": N_("The room is kept; the person hears of the time"),
    "talk-unplaced": N_("No room at that time"),
    "talk-moved": N_("Moved to another time"),
    "talk-cancelled": N_("Cancelled"),
    "talk-held": N_("The talk was held"),
    "dispute-opened": N_("Taken up"),
    "mediation-session-held": N_("Mediation session"),
    "dispute-settled": N_("The parties agreed"),
    "dispute-unsettled": N_("Ended without an agreement"),
    "relief-submitted": N_("Application written down"),
    "relief-visited": N_("Home visit"),
    "relief-approved": N_("Approved, and the money reserved"),
    "relief-declined": N_("Declined"),
    "relief-changed": N_("Application changed"),
    "relief-approval-voided": N_("The approval ended, the money is free again"),
    "relief-withdrawn": N_("Withdrawn by the family"),
    "relief-paid": N_("Paid out"),
    "relief-reversed": N_("Pay-out taken back"),
    "campaign-planned": N_("Campaign planned"),
    "campaign-changed": N_("Campaign changed"),
    "campaign-opened": N_("Opened; applications can name it"),
    "campaign-closed": N_("Closed for good"),
    "case-text-written": N_("Confidential text written"),
    "case-text-read": N_("Confidential text read"),
}
REFUSED_BECAUSE = {
    "hold-expired": N_("The room was kept for a while and then given back."),
    "slot-taken": N_("The room is taken at that time."),
    "resource-closed": N_("The room is closed at that time."),
}


def word(value: str | None) -> str:
    """The reader's word for a state, kind or outcome."""
    return gettext(WORDS[value]) if value in WORDS else (value or "")


def what_happened(action: str) -> str:
    return gettext(WHAT_HAPPENED[action]) if action in WHAT_HAPPENED else action


def why_no_room(code: str | None) -> str:
    """Why facilities gave no room, as far as its codes are known here."""
    return gettext(REFUSED_BECAUSE.get(code or "", N_("The room is not free at that time.")))


def pairs(values: Any) -> list[tuple[str, str]]:
    """Values with their words, for choices."""
    return [(value, word(value)) for value in values]


def register(app: Flask) -> None:
    """Make them filters of the templates."""
    app.jinja_env.filters.update(
        word=word, tone=lambda value: TONES.get(value, "neutral"), what_happened=what_happened, why_no_room=why_no_room
    )
    app.jinja_env.globals.update(word_pairs=pairs)

"""Words and tones of kinds and states, as pages show them."""

from flask import Flask
from flask_babel import get_locale, gettext

from facilities.naming import read_in
from shared.texts import N_

KINDS = {"room": N_("Room"), "equipment": N_("Equipment"), "books": N_("Books")}
STATES = {
    "held": (N_("Held"), "warn"),
    "requested": (N_("Waiting for approval"), "warn"),
    "confirmed": (N_("Confirmed"), "good"),
    "cancelled": (N_("Cancelled"), "neutral"),
    "released": (N_("Given back"), "neutral"),
    "expired": (N_("Expired"), "neutral"),
    "refused": (N_("Not approved"), "bad"),
}
SERVICES = {"activities": N_("Activities"), "welfare": N_("Welfare")}
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def kind_name(kind: str) -> str:
    return gettext(KINDS[kind])


def state_name(state: str) -> str:
    return gettext(STATES[state][0])


def state_tone(state: str) -> str:
    return STATES[state][1]


def source_name(source: str) -> str:
    """The service that asked for a place."""
    return gettext(SERVICES[source]) if source in SERVICES else source


def weekday_name(number: int) -> str:
    """0 is Monday."""
    return gettext(WEEKDAYS[number])


def register(app: Flask) -> None:
    """Make them filters of the templates, and let names read in the language of each request."""
    app.jinja_env.filters.update(
        kind_name=kind_name,
        state_name=state_name,
        state_tone=state_tone,
        source_name=source_name,
        weekday_name=weekday_name,
    )

    @app.before_request
    def follow_the_reader() -> None:
        locale = get_locale()
        read_in(locale.language if locale is not None else "zh")

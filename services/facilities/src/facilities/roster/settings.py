"""The roster's limits, as the environment says them."""

from datetime import timedelta

from facilities.roster.rules import Limits
from shared.settings import Settings

_DEFAULTS = {"ROSTER_REST_HOURS": 11, "ROSTER_WEEKLY_HOURS": 20, "ROSTER_SOON_HOURS": 48}


def limits_of(settings: Settings) -> Limits:
    """ValueError for hours that are no positive number."""
    rest, weekly, soon = (_hours(settings, name) for name in _DEFAULTS)
    return Limits(rest, weekly, soon, settings.time_zone)


def _hours(settings: Settings, name: str) -> timedelta:
    text = settings.environ.get(name) or str(_DEFAULTS[name])
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 24 * 365:
        raise ValueError(f"{name} is a number of hours, not {text!r}")
    return timedelta(hours=found)

"""From when on a second person decides, as the environment says."""

from notifications.broadcasts.rules import Limit
from notifications.providers.rules import parse_price
from shared.settings import Settings

DEFAULT_PEOPLE = "50"
DEFAULT_YUAN = "10"


def limit_of(settings: Settings) -> Limit:
    """BROADCAST_APPROVAL_PEOPLE and BROADCAST_APPROVAL_YUAN. ValueError when one is malformed."""
    environ = settings.environ
    people = int(environ.get("BROADCAST_APPROVAL_PEOPLE") or DEFAULT_PEOPLE)
    if people < 0:
        raise ValueError("BROADCAST_APPROVAL_PEOPLE must not be negative")
    return Limit(people, parse_price(environ.get("BROADCAST_APPROVAL_YUAN") or DEFAULT_YUAN))

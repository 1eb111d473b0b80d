"""Putting reasons and values into the reader's words: sentences translated first, facts filled in afterwards."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext

from shared.money import yuan_text
from shared.refusal import Reason
from shared.texts import N_

BODIES = {
    "party": N_("Party office"),
    "union": N_("Trade union"),
    "league": N_("Youth League"),
    "women": N_("Women's federation"),
    "*": N_("All bodies"),
}
ROLES = {
    "viewer": N_("Viewer"),
    "officer": N_("Officer"),
    "manager": N_("Manager"),
    "admin": N_("Administrator"),
}
SERVICES = {
    "membership": N_("Membership"),
    "facilities": N_("Facilities"),
    "activities": N_("Activities"),
    "welfare": N_("Welfare"),
    "notifications": N_("Notifications"),
}
_NOUNS = (N_("resource"), N_("account"), N_("token"), N_("event"))
_REFUSALS = (
    N_("There is no such %(noun)s."),
    N_("This needs the role %(role)s."),
    N_("This needs the role %(role)s in %(body)s."),
    N_("Somebody changed this in the meantime. Look at it again before you save."),
)


def body_name(body: str | None) -> str:
    """The name of one of the four bodies, in the reader's language."""
    return gettext(BODIES[body]) if body in BODIES else (body or "")


def role_name(role: str) -> str:
    return gettext(ROLES[role]) if role in ROLES else role


def service_name(service: str) -> str:
    return gettext(SERVICES[service]) if service in SERVICES else service


def in_words(reason: Reason) -> str:
    """The reason's sentence in the reader's language, with its facts."""
    return facts_in_words(reason.text, reason.facts)


def facts_in_words(text: str, facts: Mapping[str, Any] | None = None) -> str:
    sentence: str = gettext(text)
    if not facts:
        return sentence
    return sentence % {name: _shown(name, value) for name, value in facts.items()}


def _shown(name: str, value: Any) -> Any:
    from shared.web.filters import local_date, local_time

    if name in ("noun", "state", "kind"):
        return gettext(str(value))
    if name == "role":
        return role_name(str(value))
    if name == "body":
        return body_name(str(value))
    if isinstance(value, datetime):
        return local_time(value)
    if isinstance(value, date):
        return local_date(value)
    if isinstance(value, Decimal):
        return yuan_text(value)
    return value


def for_programs(value: Any) -> Any:
    """A fact as JSON: RFC 3339 times in UTC, money as a string with two decimals, ids as text."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return yuan_text(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): for_programs(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [for_programs(inner) for inner in value]
    return value


__all__ = ["body_name", "facts_in_words", "for_programs", "in_words", "role_name", "service_name"]

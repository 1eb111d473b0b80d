"""Turning the facts of a notice into the values of one language. Pure.

A fact is a plain value, a text in both languages ``{"zh": …, "en": …}``, a period ``{"from": …, "to": …}`` of
RFC 3339 times, a day ``{"day": "2026-07-15"}``, or a month ``{"month": "2026-07"}``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifications.short_links import rules as short_links
from notifications.wording.rendering import Value

LANGUAGES = ("zh-Hans", "en")
FALLBACK_LANGUAGE = "zh-Hans"
ALWAYS_GIVEN = ("name", "who", "child", *short_links.NAMES)
_CHINESE_DAYS = "一二三四五六日"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def bilingual(zh: str | None, en: str | None) -> dict[str, str] | None:
    """A text in both languages; one that is missing is lent by the other; None when both are."""
    if not zh and not en:
        return None
    return {"zh": storable(zh or en or ""), "en": storable(en or zh or "")}


def period(start: datetime, end: datetime | None = None) -> dict[str, str | None]:
    """A period as a fact."""
    return {"from": start.isoformat(), "to": end.isoformat() if end is not None else None}


def storable(fact: Any) -> Any:
    """A fact without NUL, which PostgreSQL keeps in no text: an event that holds one is told all the same."""
    if isinstance(fact, str):
        return fact.replace("\x00", "")
    if isinstance(fact, Mapping):
        return {key: storable(value) for key, value in fact.items()}
    return fact


def localised(
    facts: Mapping[str, Any],
    language: str,
    zone: ZoneInfo,
    *,
    name: str,
    child: str | None,
    links: Mapping[str, str] | None = None,
) -> dict[str, Value]:
    """The values of a template: the facts in one language, and who is spoken to.

    `name` is the recipient's, `child` whom the event concerns when that is somebody else. ``who`` is the child
    or "you". `links` lead to the recipient's preferences; without them their like is shown, which leads nowhere.
    """
    values = {key: _localise(fact, language, zone) for key, fact in facts.items()}
    you = "您" if language == "zh-Hans" else "you"
    lead = links or short_links.values()
    return {**values, **lead, "name": name, "child": child, "who": child or you}


def _localise(fact: Any, language: str, zone: ZoneInfo) -> Value:
    if not isinstance(fact, Mapping):
        plain: Value = fact
        return plain
    if "from" in fact:
        end = fact.get("to")
        return period_text(
            datetime.fromisoformat(fact["from"]).astimezone(zone),
            datetime.fromisoformat(end).astimezone(zone) if end else None,
            language,
        )
    if "day" in fact:
        return day_text(date.fromisoformat(fact["day"]), language)
    if "month" in fact:
        return month_text(fact["month"], language)
    return str(fact["zh" if language == "zh-Hans" else "en"])


def day_text(day: date, language: str) -> str:
    """``7月15日（周三）`` or ``Wed 15 July 2026``."""
    if language == "zh-Hans":
        return f"{day.month}月{day.day}日（周{_CHINESE_DAYS[day.weekday()]}）"
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_text(month: str, language: str) -> str:
    """``2026年7月`` or ``July 2026``."""
    first = date.fromisoformat(f"{month}-01")
    return f"{first.year}年{first.month}月" if language == "zh-Hans" else f"{_MONTHS[first.month - 1]} {first.year}"


def period_text(start: datetime, end: datetime | None, language: str) -> str:
    """``7月15日（周三）14:00–16:00`` or ``Wed 15 July 2026, 14:00–16:00``, in the zone of the times given."""
    comma = "" if language == "zh-Hans" else ", "
    first = f"{day_text(start.date(), language)}{comma}{start:%H:%M}"
    if end is None:
        return first
    if end.date() == start.date():
        return f"{first}–{end:%H:%M}"
    joint = "至" if language == "zh-Hans" else " to "
    return f"{first}{joint}{day_text(end.date(), language)}{comma}{end:%H:%M}"

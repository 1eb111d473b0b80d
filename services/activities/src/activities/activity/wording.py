"""Activities in the reader's words: names by language, states with their tones, what an answer about a place says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import get_locale, gettext, ngettext

from activities.activity.rules import KINDS, STATE_NAMES
from activities.lookups import Resource
from shared.database.tables import AuditRow
from shared.texts import N_
from shared.web.filters import clock_time, local_date, local_time

TONES = {
    "draft": "neutral",
    "placing": "info",
    "published": "good",
    "cancelled": "bad",
    "completed": "neutral",
}
_NOTICES = {
    "place-refused": N_("There is no such place at these times. Choose other times or needs, and publish it again."),
    "move-refused": N_("There is no place at the new times. Everything stays as it was."),
    "hold-released": N_("The place was not held any longer before it could be published. Publish it again."),
    "place-lost": N_("The place expired and is not ours any more. Move the activity, or cancel it."),
    "booking-cancelled": N_("A booking of this activity was cancelled in facilities. Move the activity, or cancel it."),
}
_REASONS = {
    "slot-taken": N_("%(resource)s is taken."),
    "not-enough-units": N_("There are not enough of %(resource)s."),
    "resource-closed": N_("%(resource)s is closed."),
    "resource-inactive": N_("%(resource)s is not in use any more."),
    "unknown-resource": N_("There is no resource %(resource)s."),
    "outside-opening-hours": N_("The centre is not open then."),
    "starts-in-the-past": N_("The time has passed already."),
    "too-long": N_("That is longer than %(resource)s can be had."),
    "hold-expired": N_("The place was kept until its time was over."),
}
_HISTORY = {
    "activity-drafted": (N_("Written down as a draft"), "neutral"),
    "activity-edited": (N_("Edited"), "neutral"),
    "place-requested": (N_("Asked facilities for a place"), "neutral"),
    "place-granted": (N_("Place granted, published"), "good"),
    "place-refused": (N_("Place refused, back to draft"), "warn"),
    "place-withdrawn": (N_("Request for a place taken back"), "neutral"),
    "hold-released": (N_("The hold of the place ended, back to draft"), "warn"),
    "activity-published": (N_("Published"), "good"),
    "move-requested": (N_("Asked for a place at other times"), "neutral"),
    "move-granted": (N_("Moved to the new times"), "good"),
    "move-refused": (N_("No place at the new times, nothing changed"), "warn"),
    "activity-moved": (N_("Moved to other times"), "good"),
    "capacity-changed": (N_("Number of places changed"), "neutral"),
    "activity-flagged": (N_("Place in doubt"), "bad"),
    "flag-settled": (N_("The place was seen to"), "good"),
    "activity-cancelled": (N_("Cancelled"), "bad"),
    "activity-completed": (N_("Completed"), "good"),
}


@dataclass(frozen=True)
class NoticeShown:
    """What staff read about the last answer: a sentence, why, and what would be possible instead."""

    text: str
    reasons: tuple[str, ...]
    alternatives: tuple[str, ...]


def either(zh: str | None, en: str | None) -> str:
    """The text of the reader's language, or the other one where there is none."""
    locale = get_locale()
    chinese = locale is None or locale.language == "zh"
    return (zh or en or "") if chinese else (en or zh or "")


def listed(words: Iterable[str]) -> str:
    """Words one after the other, as the reader's language separates them."""
    return either("、", ", ").join(words)


def kind_name(kind: str) -> str:
    return gettext(KINDS[kind]) if kind in KINDS else kind


def state_name(state: str) -> str:
    return gettext(STATE_NAMES[state]) if state in STATE_NAMES else state


def span(starts_at: datetime, ends_at: datetime) -> str:
    """A session's time: the day once, where it is one day."""
    if local_date(starts_at) == local_date(ends_at):
        return f"{local_date(starts_at, weekday=True)} {clock_time(starts_at)}–{clock_time(ends_at)}"
    return f"{local_time(starts_at)} – {local_time(ends_at)}"


def notice_in_words(notice: Mapping[str, Any] | None, known: Mapping[str, Resource]) -> NoticeShown | None:
    """The notice of an activity as sentences; None without one."""
    if not notice:
        return None
    reasons = dict.fromkeys(_reason(reason, known) for reason in notice.get("reasons", ()))
    own_words = [notice["reason"]] if notice["kind"] == "booking-cancelled" and notice.get("reason") else []
    return NoticeShown(
        gettext(_NOTICES[notice["kind"]]),
        (*reasons, *own_words),
        tuple(_alternative(one) for one in notice.get("alternatives", ())),
    )


def resource_name(code: str | None, known: Mapping[str, Resource]) -> str:
    resource = known.get(code or "")
    return either(resource.name_zh, resource.name_en) if resource else (code or "")


def need_in_words(code: str, quantity: int, known: Mapping[str, Resource]) -> str:
    name = resource_name(code, known)
    return f"{name} × {quantity}" if quantity > 1 else name


def who_is_told(confirmed: int, waiting: int) -> str:
    """Whom a cancellation or a move concerns, before it is done."""
    if confirmed and waiting:
        return gettext(
            "%(confirmed)s confirmed and %(waiting)s waiting people will get a message.",
            confirmed=confirmed,
            waiting=waiting,
        )
    if confirmed:
        return ngettext(
            "%(num)s confirmed person will get a message.", "%(num)s confirmed people will get a message.", confirmed
        )
    if waiting:
        return ngettext(
            "%(num)s waiting person will get a message.", "%(num)s waiting people will get a message.", waiting
        )
    return gettext("Nobody is registered, so nobody gets a message.")


def history_entries(rows: Sequence[AuditRow]) -> list[dict[str, Any]]:
    """Audit rows as the kit's timeline takes them."""
    entries = []
    for row in rows:
        what, tone = _HISTORY.get(row.action, (row.action, "neutral"))
        who = "" if row.actor == "system" else row.actor_name
        entries.append({"at": row.at, "what": gettext(what), "who": who, "tone": tone, "detail": _detail(row)})
    return entries


def _detail(row: AuditRow) -> str:
    facts: Mapping[str, Any] = row.facts or {}
    if row.action == "capacity-changed":
        return gettext("From %(before)s to %(after)s", before=facts["before"], after=facts["after"])
    if row.action == "activity-cancelled":
        return gettext("%(reason)s (%(count)s people concerned)", reason=facts["reason"], count=facts["concerned"])
    place = either(facts.get("place_zh"), facts.get("place_en"))
    if not facts.get("concerned"):
        return place
    told = ngettext("%(num)s person concerned", "%(num)s people concerned", facts["concerned"])
    return listed(filter(None, (place, told)))


def _reason(reason: Mapping[str, Any], known: Mapping[str, Resource]) -> str:
    text = _REASONS.get(reason["code"])
    said = gettext(text) % {"resource": resource_name(reason.get("resource_code"), known)} if text else reason["code"]
    when = _times(reason)
    return f"{said} ({when})" if when else said


def _alternative(one: Mapping[str, Any]) -> str:
    name = either(one.get("resource_zh"), one.get("resource_en")) or str(one.get("resource_code") or "")
    quantity = f" × {one['quantity']}" if one.get("kind") == "fewer-units" else ""
    return f"{name}{quantity}, {_times(one)}"


def _times(data: Mapping[str, Any]) -> str:
    if not data.get("starts_at") or not data.get("ends_at"):
        return ""
    starts, ends = (datetime.fromisoformat(str(data[name])) for name in ("starts_at", "ends_at"))
    return span(starts, ends)

"""The calendar entry that goes with an e-mail about a registration or a booking: iCalendar and iTIP (RFC 5545, 5546).

An entry has the same UID all its life and the version of its subject as SEQUENCE, so that a calendar moves and removes
what it has, whatever order the mails come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress, vText

Method = Literal["REQUEST", "CANCEL"]
_METHODS: dict[str, Method] = {
    "activities.registration.confirmed": "REQUEST",
    "activities.registration.promoted": "REQUEST",
    "activities.registration.moved": "REQUEST",
    "activities.registration.cancelled": "CANCEL",
    "facilities.booking.confirmed": "REQUEST",
    "facilities.booking.moved": "REQUEST",
    "facilities.booking.cancelled": "CANCEL",
}
_PLAIN_IN_MAILTO = "@!#$&'*+-/=^_`{|}~."
"""What stands as it is in the address of a mailto link (RFC 6068, section 2)."""
_LONGEST_LINE = 75
"""In bytes; a line as long as this is folded (RFC 5545, section 3.1)."""
_NEUTRAL = {"zh-Hans": "预约", "en": "Booking"}


@dataclass(frozen=True)
class Invitation:
    """An entry as a file, and what a calendar is to do with it."""

    method: Method
    content: str


def method_of(event_type: str, facts: Mapping[str, Any]) -> Method | None:
    """What the mail of an event asks a calendar to do; None for those who only wait, or without a time."""
    if "waitlisted" in (facts.get("state"), facts.get("was")) or not facts.get("when"):
        return None
    return _METHODS.get(event_type)


def invitation(
    event_type: str,
    facts: Mapping[str, Any],
    *,
    subject: str,
    version: int,
    language: str,
    organiser: tuple[str, str],
    attendee: tuple[str, str],
    about_name: str | None,
    now: datetime,
) -> Invitation | None:
    """The entry of one recipient, or None where there is nothing to enter. Organiser and attendee are name and address.

    `about_name` is whom it concerns when that is not the recipient.
    """
    method = method_of(event_type, facts)
    if method is None:
        return None
    entry = Event()
    entry.add("uid", f"{subject.replace('/', '-')}@{organiser[1].rpartition('@')[2]}")
    entry.add("sequence", version)
    entry.add("dtstamp", now.astimezone(UTC))
    for name, key in (("dtstart", "from"), ("dtend", "to")):
        if facts["when"].get(key):
            entry.add(name, datetime.fromisoformat(facts["when"][key]).astimezone(UTC))
    entry.add("summary", _summary(facts, language, about_name))
    if facts.get("place"):
        entry.add("location", _in(facts["place"], language))
    entry.add("status", "CONFIRMED" if method == "REQUEST" else "CANCELLED")
    entry.add("organizer", _person(organiser))
    entry.add("attendee", _person(attendee, partstat="ACCEPTED", rsvp="FALSE"))
    calendar = Calendar()
    for name, value in (("version", "2.0"), ("prodid", "-//Yizhan//Notifications//EN"), ("method", method)):
        calendar.add(name, value)
    calendar.add_component(entry)
    return Invitation(method, _folded(calendar))


def _folded(calendar: Calendar) -> str:
    """The calendar as text. Only lines that need it go through the library's folding, which looks at each character
    and takes longer than all the rest of a mail."""
    lines = [
        line if len(line.encode()) < _LONGEST_LINE else line.to_ical().decode() for line in calendar.content_lines()
    ]
    return "\r\n".join(line for line in lines if line) + "\r\n"


def _summary(facts: Mapping[str, Any], language: str, about_name: str | None) -> str:
    """The title or the room; a confidential booking names neither."""
    what = facts.get("title") or facts.get("resource")
    text = _in(what, language) if what else _NEUTRAL[language]
    if about_name is None:
        return text
    return f"{text}（{about_name}）" if language == "zh-Hans" else f"{text} ({about_name})"


def _in(text: Mapping[str, str], language: str) -> str:
    return text["zh" if language == "zh-Hans" else "en"]


def _person(person: tuple[str, str], **parameters: str) -> vCalAddress:
    name, address = person
    made = vCalAddress(f"mailto:{quote(address, safe=_PLAIN_IN_MAILTO)}")
    for key, value in {"cn": name, **parameters}.items():
        if value:
            # A parameter cannot hold quotes or control characters (RFC 5545, section 3.1).
            made.params[key.upper()] = vText("".join(char for char in value if char != '"' and char.isprintable()))
    return made

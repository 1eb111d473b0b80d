"""The calendar entry of an e-mail about a registration, a booking or a duty: iCalendar and iTIP (RFC 5545, 5546).

An entry has the same UID all its life and the version of its subject as SEQUENCE, so that a calendar moves and removes
what it has, whatever order the mails come in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from icalendar import Parameters, vText
from icalendar.parser import Contentline

from notifications.wording.rendering import without_controls

Method = Literal["REQUEST", "CANCEL"]
_METHODS: dict[str, Method] = {
    "activities.registration.confirmed": "REQUEST",
    "activities.registration.promoted": "REQUEST",
    "activities.registration.moved": "REQUEST",
    "activities.registration.cancelled": "CANCEL",
    "facilities.booking.confirmed": "REQUEST",
    "facilities.booking.moved": "REQUEST",
    "facilities.booking.cancelled": "CANCEL",
    "facilities.duty.assigned": "REQUEST",
    "facilities.duty.moved": "REQUEST",
    "facilities.duty.released": "CANCEL",
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
    uid = f"{subject.replace('/', '-')}@{organiser[1].rpartition('@')[2]}"
    lines = [f"UID:{_text(uid)}", f"SEQUENCE:{version}", f"DTSTAMP:{_utc(now)}"]
    for name, key in (("DTSTART", "from"), ("DTEND", "to")):
        if facts["when"].get(key):
            lines.append(f"{name}:{_utc(datetime.fromisoformat(facts['when'][key]))}")
    lines.append(f"SUMMARY:{_text(_summary(facts, language, about_name))}")
    if facts.get("place"):
        lines.append(f"LOCATION:{_text(_in(facts['place'], language))}")
    lines.append(f"STATUS:{'CONFIRMED' if method == 'REQUEST' else 'CANCELLED'}")
    lines.append(_person("ORGANIZER", organiser))
    lines.append(_person("ATTENDEE", attendee, PARTSTAT="ACCEPTED", RSVP="FALSE"))
    return Invitation(method, _calendar(method, lines))


def _calendar(method: Method, lines: Sequence[str]) -> str:
    """A calendar of one entry. Its lines are put together here and not by the library's components, which take longer
    than all the rest of a mail; how a text is escaped and a long line folded is left to the library."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Yizhan//Notifications//EN", f"METHOD:{method}", "BEGIN:VEVENT")
    return "".join(f"{_folded(line)}\r\n" for line in (*head, *lines, "END:VEVENT", "END:VCALENDAR"))


def _folded(line: str) -> str:
    return line if len(line.encode()) < _LONGEST_LINE else Contentline(line).to_ical().decode()


def _text(value: str) -> str:
    return vText(without_controls(value)).to_ical().decode()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _summary(facts: Mapping[str, Any], language: str, about_name: str | None) -> str:
    """The title or the room; a confidential booking names neither."""
    what = facts.get("title") or facts.get("resource")
    text = _in(what, language) if what else _NEUTRAL[language]
    if about_name is None:
        return text
    return f"{text}（{about_name}）" if language == "zh-Hans" else f"{text} ({about_name})"


def _in(text: Mapping[str, str], language: str) -> str:
    return text["zh" if language == "zh-Hans" else "en"]


def _person(role: str, person: tuple[str, str], **parameters: str) -> str:
    name, address = person
    # A parameter cannot hold quotes or control characters (RFC 5545, section 3.1).
    plain = "".join(char for char in name if char != '"' and char.isprintable())
    written = Parameters({"CN": plain, **parameters} if plain else parameters).to_ical().decode()
    return f"{role}{';' if written else ''}{written}:mailto:{quote(address, safe=_PLAIN_IN_MAILTO)}"

"""Calendar entries in e-mails: entered, moved and taken back under one UID."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import uuid4

from icalendar import Calendar
from icalendar.cal import Component

from notifications.mailbox.smtp import parse_mail
from notifications.sending.sender import Sender
from notifications.testing.conditions import states
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock


def _mails(mailbox: Mailbox) -> list[EmailMessage]:
    """Oldest first."""
    kept = reversed(mailbox.messages(channel="email"))
    return [parse_mail(mailbox.get(f"/api/messages/{one['id']}/raw").content) for one in kept]


def _entry(mail: EmailMessage) -> tuple[str, Component]:
    """The method and the event of a mail; the part that is shown and the file that is saved are the same."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [file] = list(mail.iter_attachments())
    shown = part.get_payload(decode=True)
    assert shown == file.get_payload(decode=True)
    assert shown.count(b"\r\n") == shown.count(b"\n")
    calendar = Calendar.from_ical(shown)
    assert calendar["method"] == part.get_param("method")
    assert (file.get_content_type(), file.get_filename()[-4:]) == ("application/ics", ".ics")
    [event] = calendar.walk("VEVENT")
    return calendar["method"], event


def test_a_registration_is_entered_moved_and_taken_back_under_one_uid(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, clock: SettableClock
) -> None:
    person, registration = others.contact(phone=None, name='张"某', email="zhang@sample.invalid"), uuid4()
    moved = {"state": "confirmed", "was_starts_at": (clock() + timedelta(hours=48)).isoformat()}
    others.registration("confirmed", person, registration=registration, version=1)
    sender.run_once()
    others.registration("moved", person, registration=registration, hours=72, version=2, **moved)
    sender.run_once()
    others.registration("cancelled", person, registration=registration, hours=72, version=3, was="confirmed",
                        reason="own")  # fmt: skip
    sender.run_once()
    entries = [_entry(mail) for mail in _mails(mailbox)]
    assert [method for method, _ in entries] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(event["uid"]) for _, event in entries} == {f"registration-{registration}@sample.invalid"}
    assert [int(event["sequence"]) for _, event in entries] == [1, 2, 3]
    assert [event["status"] for _, event in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    starts = [event.decoded("dtstart") for _, event in entries]
    assert [start - clock() for start in starts] == [timedelta(hours=hours) for hours in (48, 72, 72)]
    assert all(start.tzinfo is not None and start.utcoffset() == timedelta(0) for start in starts)
    first = entries[0][1]
    assert (str(first["summary"]), str(first["location"])) == ("小候鸟暑期班", "活动室")
    assert (str(first["attendee"]), first["attendee"].params["CN"]) == ("mailto:zhang@sample.invalid", "张某")
    assert str(first["organizer"]) == "mailto:centre@sample.invalid"
    assert first.decoded("dtend") - first.decoded("dtstart") == timedelta(hours=2)


def test_a_guardians_entry_names_the_child_and_those_who_wait_get_none(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    guardian = others.contact(phone=None, language="en")
    child = others.contact(name="小明", phone=None, email=None, guardians=[guardian])
    others.registration("waitlisted", child, waiting_number=1)
    others.registration("cancelled", child, was="waitlisted", reason="own")
    sender.run_once()
    assert states(runtime) == {"sent": 2}
    assert [list(mail.iter_attachments()) for mail in _mails(mailbox)] == [[], []]
    others.registration("promoted", child)
    sender.run_once()
    _, event = _entry(_mails(mailbox)[-1])
    assert str(event["summary"]) == "Little migratory birds (小明)"


def test_a_confidential_booking_is_entered_without_its_room(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, clock: SettableClock
) -> None:
    booking = uuid4()
    starts = datetime(2030, 5, 6, 7, 8, tzinfo=UTC)
    data = {"resource_zh": "倾诉室", "starts_at": starts.isoformat(), "confidential": True}
    receive(runtime, "facilities", "booking.confirmed", booking, {**data, "person_id": str(others.contact(phone=None))})
    sender.run_once()
    [mail] = _mails(mailbox)
    _, event = _entry(mail)
    assert (str(event["summary"]), event.get("location")) == ("预约", None)
    assert event["dtstart"].to_ical() == b"20300506T070800Z"
    assert "倾诉室" not in "".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")

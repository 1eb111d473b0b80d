"""Calendar entries for whoever booked, registered or is on duty: the real services enter, move and take them back."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from icalendar.cal import Component

from notifications.mailbox.smtp import parse_mail
from shared.clock import utc_now
from shared.testing.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def _entries(suite: Any, to: str) -> list[tuple[str, Component]]:
    """The method and the entry of each mail with a calendar part to this address, oldest first."""
    base = f"http://127.0.0.1:{suite.mailbox_port}/api/messages"
    found = []
    for one in sorted(suite.mailbox(to), key=lambda message: message["id"]):
        mail: EmailMessage = parse_mail(httpx.get(f"{base}/{one['id']}/raw", timeout=10).content)
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                calendar = Calendar.from_ical(part.get_payload(decode=True))
                assert calendar["method"] == part.get_param("method")
                [entry] = calendar.walk("VEVENT")
                found.append((str(calendar["method"]), entry))
    return found


def _wait_for(suite: Any, to: str, number: int) -> list[tuple[str, Component]]:
    wait_until(lambda: len(_entries(suite, to)) >= number, 90, f"{number} calendar entries")
    return _entries(suite, to)


def _person(suite: Any, name: str) -> tuple[str, str]:
    """Somebody who is reached by e-mail alone, known to all; id and address."""
    address = f"{name}@sample.invalid"
    made = suite.post("membership", "/people", {"name": name, "email": address, "birth_on": "1990-05-05"})
    wait_until(lambda: _known(suite, "activities", "person.registered"), 90, f"{name} known in activities")
    wait_until(lambda: _known(suite, "notifications", "contact.changed"), 90, f"{name} known in notifications")
    return made["id"], address


def _known(suite: Any, service: str, event: str) -> bool:
    ids = suite.recorded("membership", event)
    return bool(suite.inbox_counts(service, ids) == {"done": len(ids)})


def _room(suite: Any) -> None:
    room = {"code": "activity", "kind": "room", "name_zh": "活动室", "name_en": "Activity room", "capacity": 40}
    suite.post("facilities", "/resources", room)


def _check(entries: list[tuple[str, Component]], starts: list[datetime]) -> None:
    """One entry, asked for, moved and taken back: one UID, and a SEQUENCE that rises."""
    assert [method for method, _ in entries] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({str(entry["uid"]) for _, entry in entries}) == 1
    sequence = [int(entry["sequence"]) for _, entry in entries]
    assert sequence == sorted(set(sequence))
    assert [entry.decoded("dtstart").astimezone(UTC) for _, entry in entries] == starts
    assert [str(entry["status"]) for _, entry in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_a_booking_a_registration_and_a_duty_are_entered_moved_and_taken_back(suite: Any) -> None:
    _room(suite)
    person, address = _person(suite, "wang")
    first = (utc_now() + timedelta(days=10)).replace(hour=2, minute=0, second=0, microsecond=0)
    _check(_of_a_booking(suite, person, address, first), [first, first + timedelta(days=1), first + timedelta(days=1)])
    other, other_address = _person(suite, "li")
    later = first + timedelta(days=5)
    moved = later + timedelta(hours=3)
    _check(_of_a_registration(suite, other, other_address, later), [later, moved, moved])
    third, third_address = _person(suite, "zhao")
    on_duty = first + timedelta(days=7)
    _check(
        _of_a_duty(suite, third, third_address, on_duty),
        [on_duty, on_duty + timedelta(hours=2), on_duty + timedelta(hours=2)],
    )


def _of_a_booking(suite: Any, person: str, address: str, starts: datetime) -> list[tuple[str, Component]]:
    booked = suite.post(
        "facilities", "/bookings",
        {"resource_code": "activity", "starts_at": starts.isoformat(),
         "ends_at": (starts + timedelta(hours=1)).isoformat(), "title": "会议", "body": "union", "person_id": person},
    )  # fmt: skip
    _wait_for(suite, address, 1)
    to = starts + timedelta(days=1)
    _changed(suite, "facilities", f"/bookings/{booked['id']}",
             {"starts_at": to.isoformat(), "ends_at": (to + timedelta(hours=1)).isoformat()})  # fmt: skip
    _wait_for(suite, address, 2)
    suite.post("facilities", f"/bookings/{booked['id']}/cancel", {"reason": "不用了"}, status=200)
    return _wait_for(suite, address, 3)


def _of_a_registration(suite: Any, person: str, address: str, starts: datetime) -> list[tuple[str, Component]]:
    made = suite.post(
        "activities", "/activities",
        {"kind": "class", "title_zh": "书法班", "title_en": "Calligraphy", "bodies": ["union"],
         "sessions": [_session(starts)], "needs": [{"resource_code": "activity", "quantity": 1}]},
    )  # fmt: skip
    path = f"/activities/{made['id']}"
    suite.post("activities", f"{path}/publish", {}, status=200)
    wait_until(lambda: suite.get("activities", path)["state"] == "published", 60, "the class published")
    suite.post("activities", f"{path}/registrations", {"person_ids": [person]})
    _wait_for(suite, address, 1)
    known = suite.get("activities", path)["sessions"][0]["id"]
    to = starts + timedelta(hours=3)
    moved = {"session_id": known, "starts_at": to.isoformat(), "ends_at": (to + timedelta(hours=2)).isoformat()}
    suite.post("activities", f"{path}/move", {"sessions": [moved]}, status=200)
    _wait_for(suite, address, 2)
    suite.post("activities", f"{path}/cancel", {"reason": "台风"}, status=200)
    return _wait_for(suite, address, 3)


def _session(starts: datetime) -> dict[str, Any]:
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "capacity": 5}


def _changed(suite: Any, service: str, path: str, body: dict[str, Any]) -> None:
    """Change what is there, as whoever read it last."""
    with suite.api(service) as client:
        answer = client.patch(path, json=body, headers={"If-Match": client.get(path).headers["ETag"]})
    assert answer.status_code == 200, answer.text


def _of_a_duty(suite: Any, person: str, address: str, starts: datetime) -> list[tuple[str, Component]]:
    wait_until(lambda: _known(suite, "facilities", "person.registered"), 90, "the person known in facilities")
    with suite.api("facilities") as client:
        assert client.put(f"/shifts/team/{person}", json={"roles": ["reception"]}).status_code == 200
    shift = {"title_zh": "前台", "title_en": "Front desk", "body": "union", "needs": [{"role": "reception"}]}
    made = suite.post("facilities", "/shifts", {**shift, **_hours(starts)})
    suite.post("facilities", f"/shifts/{made['id']}/duties", {"role": "reception", "person_id": person})
    _wait_for(suite, address, 1)
    _changed(suite, "facilities", f"/shifts/{made['id']}", {**shift, **_hours(starts + timedelta(hours=2))})
    _wait_for(suite, address, 2)
    suite.post("facilities", f"/shifts/{made['id']}/cancel", {"reason": "停电"}, status=200)
    return _wait_for(suite, address, 3)


def _hours(starts: datetime) -> dict[str, str]:
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}

"""Duties of the roster: told, entered in calendars, reminded of; lists of those on a shift, and who leaves them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar
from sqlalchemy import update

from notifications.app import create_app
from notifications.audiences.queries import on_duty, on_shift
from notifications.broadcasts.commands import hand_in, write_broadcast
from notifications.broadcasts.fanning import fan_out
from notifications.mailbox.smtp import parse_mail
from notifications.reminders.commands import remind
from notifications.rules.models import Rule
from notifications.sending.sender import Sender
from notifications.subjects.commands import forget_subjects
from notifications.subjects.models import Subject
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.principal import Grant, Principal
from shared.refusal import Forbidden
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, receive
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, sign_in

WANG = Principal(uuid4(), "王", grants=(Grant("officer", "party"),))
LI = Principal(uuid4(), "李", grants=(Grant("officer", "women"),))
WORDS = {"title": {"zh": "晚间值班", "en": "Evening duty"}, "place": {"zh": "活动室", "en": "Activity room"},
         "body": "party"}  # fmt: skip


class Roster:
    """What facilities says of one shift and the duties in it."""

    def __init__(self, runtime: Runtime, clock: SettableClock) -> None:
        self.runtime, self.clock, self.shift_id = runtime, clock, uuid4()
        self.duties: dict[UUID, UUID] = {}

    def when(self, hours: float) -> dict[str, str]:
        starts = self.clock() + timedelta(hours=hours)
        return {"from": starts.isoformat(), "to": (starts + timedelta(hours=3)).isoformat()}

    def shift(self, verb: str, hours: float = 48, **more: Any) -> None:
        data = {"shift_id": str(self.shift_id), **WORDS, "when": self.when(hours), "missing": 1, **more}
        receive(self.runtime, "facilities", f"shift.{verb}", self.shift_id, data)

    def duty_data(self, person: UUID, hours: float = 48, **more: Any) -> dict[str, Any]:
        self.duties.setdefault(person, uuid4())
        return {
            "duty_id": str(self.duties[person]), "shift_id": str(self.shift_id), "person_id": str(person),
            "role": "reception", "role_name": {"zh": "接待", "en": "reception"}, **WORDS,
            "when": self.when(hours), **more,
        }  # fmt: skip

    def duty(self, verb: str, person: UUID, hours: float = 48, **more: Any) -> None:
        data = self.duty_data(person, hours, **more)
        receive(self.runtime, "facilities", f"duty.{verb}", self.duties[person], data)

    def people(self) -> list[UUID]:
        with self.runtime.reading() as session:
            return on_shift(session, self.shift_id)


@pytest.fixture
def roster(runtime: Runtime, clock: SettableClock) -> Roster:
    return Roster(runtime, clock)


def _entries(mailbox: Mailbox) -> list[tuple[str, str, int]]:
    """Method, UID and SEQUENCE of the calendar entries that arrived, oldest first."""
    found = []
    for one in reversed(mailbox.messages(channel="email")):
        mail = parse_mail(mailbox.get(f"/api/messages/{one['id']}/raw").content)
        [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        [entry] = calendar.walk("VEVENT")
        found.append((str(calendar["method"]), str(entry["uid"]), int(entry["sequence"])))
    return found


def test_a_duty_is_told_entered_moved_and_taken_back_in_both_channels(
    runtime: Runtime, others: Others, roster: Roster, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact()
    roster.duty("assigned", person)
    sender.run_once()
    roster.duty("moved", person, 72, was=roster.when(48), was_place={"zh": "阅览室", "en": "Reading room"})
    sender.run_once()
    roster.duty("released", person, 72, reason="cancelled")
    sender.run_once()
    uid = f"duty-{roster.duties[person]}@sample.invalid"
    assert _entries(mailbox) == [("REQUEST", uid, 1), ("REQUEST", uid, 2), ("CANCEL", uid, 3)]
    texts = [one["text"] for one in reversed(mailbox.messages(channel="sms"))]
    assert texts[0].endswith(
        "您已排入“晚间值班”，岗位：接待。时间：11月25日（周三）09:00–12:00，地点：活动室。如有变动请尽早告知服务中心。"
    )
    assert (
        "时间：11月26日（周四）09:00–12:00（原为11月25日（周三）09:00–12:00），地点：活动室（原为阅览室）" in texts[1]
    )
    assert "值班已取消，您无需到岗" in texts[2]
    assert {one.body for one in notices(runtime)} == {"party"}


def test_whoever_is_released_hears_why_unless_nothing_changed_for_them(
    runtime: Runtime, others: Others, roster: Roster
) -> None:
    told = {}
    for reason in ("gave-up", "swapped", "removed", "cancelled", "merged", "erased"):
        person = others.contact(email=None)
        roster.duty("snapshot", person, state="assigned")
        roster.duty("released", person, reason=reason)
        told[reason] = [name for one in notices(runtime) if one.person_id == person
                        for name in ("own", "swapped", "staff", "cancelled") if one.facts[name]]  # fmt: skip
    assert told == {"gave-up": ["own"], "swapped": ["swapped"], "removed": ["staff"], "cancelled": ["cancelled"],
                    "merged": [], "erased": []}  # fmt: skip
    assert roster.people() == []


def test_a_reminder_moves_with_the_duty_and_ends_with_it(
    runtime: Runtime, others: Others, clock: SettableClock, roster: Roster
) -> None:
    person = others.contact(email=None)
    roster.duty("snapshot", person, 48, state="assigned")
    clock.advance(hours=1)
    roster.duty("moved", person, 71, was=roster.when(47))

    def reminded() -> list[tuple[str, str | None]]:
        remind(runtime)
        return [(m.state, m.reason) for m in messages(runtime) if m.event_type == "facilities.duty.reminder"]

    clock.advance(hours=24)
    assert reminded() == []
    clock.advance(hours=24)
    assert reminded() == [("pending", None)]
    roster.duty("released", person, 23, reason="gave-up")
    assert reminded() in ([("suppressed", "subject-ended")], [("suppressed", "superseded")])


def test_late_doubled_and_overtaken_events_leave_the_list_as_the_newest_one_says(
    runtime: Runtime, others: Others, roster: Roster
) -> None:
    stays, leaves = others.contact(), others.contact()
    roster.duty("assigned", stays)
    data = roster.duty_data(leaves)

    def said(verb: str, version: int, **more: Any) -> Any:
        return event("facilities", f"duty.{verb}", roster.duties[leaves], {**data, **more}, runtime=runtime,
                     version=version)  # fmt: skip

    assigned, released = said("assigned", 1), said("released", 2, reason="removed")
    hand_over(runtime, released, assigned, assigned)
    hand_over(runtime, assigned, said("snapshot", 1, state="assigned"))
    assert roster.people() == [stays]
    with runtime.reading() as session:
        assert session.get_one(Subject, f"duty/{roster.duties[leaves]}").state == "ended"


def _moment(roster: Roster, hours: float) -> datetime:
    return roster.clock() + timedelta(hours=hours)


def test_the_list_follows_a_merge_and_forgets_who_is_erased(runtime: Runtime, others: Others, roster: Roster) -> None:
    old, into, gone = others.contact(), others.contact(), others.contact()
    for person in (old, gone):
        roster.duty("assigned", person)
    receive(runtime, "membership", "person.merged", old, {"person_id": str(old), "into_id": str(into)})
    receive(runtime, "membership", "person.erased", gone, {"person_id": str(gone)})
    assert roster.people() == [into]
    with runtime.reading() as session:
        assert on_duty(session, _moment(roster, 49)) == [into]
        assert on_duty(session, _moment(roster, 51)) == []
    roster.clock.advance(days=34)
    forget_subjects(runtime)
    assert roster.people() == []


def _switch(runtime: Runtime, key: str, **values: Any) -> None:
    """Let only this rule be in use."""
    with runtime.unit_of_work() as work:
        work.session.execute(update(Rule).values(active=False, switched_on=False))
        work.session.execute(update(Rule).where(Rule.key == key).values(switched_on=True, **values))


def test_rules_tell_those_of_a_shift_and_those_on_duty_then(runtime: Runtime, others: Others, roster: Roster) -> None:
    mate, booker = others.contact(email=None), others.contact(email=None)
    roster.duty("assigned", mate)
    _switch(runtime, "shift-understaffed")
    roster.shift("understaffed")
    assert [one.person_id for one in notices(runtime) if one.rule_key == "shift-understaffed"] == [mate]
    _switch(runtime, "booking-confirmed", audience="on-duty")
    booking = {"resource_zh": "活动室", "resource_en": "x", "person_id": str(booker), "confidential": False}
    for hours, confidential in ((49, False), (49, True), (60, False)):
        starts = _moment(roster, hours).isoformat()
        others.tell("facilities", "booking.confirmed", {**booking, "confidential": confidential, "starts_at": starts})
    assert [one.person_id for one in notices(runtime) if one.rule_key == "booking-confirmed"] == [mate]


def test_who_leaves_the_shift_gets_nothing_more_of_what_was_for_its_people(
    runtime: Runtime, others: Others, roster: Roster
) -> None:
    stays, leaves, unknown = others.contact(email=None), others.contact(email=None), uuid4()
    for person in (stays, leaves, unknown):
        roster.duty("snapshot", person, state="assigned")
    _switch(runtime, "shift-understaffed", channels=["sms"])
    roster.shift("understaffed")
    for person in (leaves, unknown):
        roster.duty("released", person, reason="gave-up")
    assert {one.person_id: one.reason for one in messages(runtime)} == {
        stays: None, leaves: "not-addressed-any-more",
    }  # fmt: skip
    others.contact(unknown)
    assert messages(runtime, unknown) == []
    assert steps(runtime, "suppressed") == [{"kind": "suppressed", "reason": "not-addressed-any-more"}] * 2


def test_staff_write_to_a_shift_to_come_and_whoever_left_it_gets_nothing(
    runtime: Runtime, others: Others, clock: SettableClock, roster: Roster
) -> None:
    stays, leaves = others.contact(email=None), others.contact(email=None)
    roster.shift("opened")
    for person in (stays, leaves):
        roster.duty("snapshot", person, state="assigned")
    plan: dict[str, Any] = {
        "title": "带钥匙", "audience": {"kind": "shift", "shift_id": roster.shift_id}, "channels": ["sms"],
        "category": "affairs", "texts": {"zh-Hans": {"sms": "((name))您好，请带钥匙。"}},
    }  # fmt: skip
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=LI) as work:
        write_broadcast(work, body="women", **plan)
    with runtime.unit_of_work(actor=WANG) as work:
        written = write_broadcast(work, body="party", **plan).id
    add_staff(runtime, "wang", Grant("officer", "party"), language="zh-Hans")
    client = create_app(runtime).test_client()
    sign_in(client, "wang")
    label = "晚间值班 · 11月25日（周三）09:00–12:00"
    assert f'<option value="{roster.shift_id}">{label}</option>' in client.get("/broadcasts/new").text
    assert label in client.get(f"/broadcasts/{written}").text
    with runtime.unit_of_work(actor=WANG) as work:
        hand_in(work, written, runtime, people=2)
    fan_out(runtime)
    roster.duty("released", leaves, reason="removed")
    assert states(runtime)["suppressed"] == 1
    told = [one.person_id for one in messages(runtime) if (one.state, one.event_type[:4]) == ("pending", "noti")]
    assert told == [stays]
    roster.shift("cancelled")
    assert label not in client.get("/broadcasts/new").text


def test_members_who_left_since_get_nothing_by_a_rule_for_members(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    organisation, today = uuid4(), clock().date()
    people = {others.contact(email=None): uuid4() for _ in range(2)}
    stays, leaves = people

    def tell(verb: str, person: UUID, **more: str) -> None:
        data = {"membership_id": str(people[person]), "person_id": str(person), "organisation_id": str(organisation)}
        receive(runtime, "membership", f"membership.{verb}", people[person],
                {**data, "start_on": "2020-01-01", **more})  # fmt: skip

    for person in people:
        tell("snapshot", person)
    _switch(runtime, "registration-confirmed", audience="members", organisation_id=organisation)
    others.registration("confirmed", others.contact())
    tell("ended", leaves, end_on=(today - timedelta(days=9)).isoformat())
    assert {one.person_id: one.reason for one in messages(runtime)} == {
        stays: None, leaves: "not-addressed-any-more",
    }  # fmt: skip

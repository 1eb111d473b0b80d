"""Reminders: due by the time of their subject, moving and dying with it, each once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from notifications.app import create_app
from notifications.former_people.moving import move
from notifications.reminders.commands import change_reminder_rule, remind
from notifications.reminders.queries import all_reminder_rules
from notifications.rules.commands import all_rules
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.subjects.models import Subject
from notifications.testing.conditions import messages, steps
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, sign_in


@pytest.fixture
def reminded(runtime: Runtime) -> Callable[[], list[tuple[str, str]]]:
    """Runs the timer; what reminders there are by now: channel and state."""

    def run() -> list[tuple[str, str]]:
        while remind(runtime):
            pass
        return sorted((m.channel, m.state) for m in messages(runtime) if m.event_type.endswith(".reminder"))

    return run


Reminded = Callable[[], list[tuple[str, str]]]


def test_a_reminder_is_made_a_day_before_and_once(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    others.registration("confirmed", others.contact(), hours=48)
    clock.advance(hours=23.9)
    assert reminded() == []
    clock.advance(hours=0.2)
    assert reminded() == [("email", "pending"), ("sms", "pending")]
    clock.advance(hours=1)
    assert len(reminded()) == 2
    assert remind(runtime) == 0


def test_it_does_not_replace_news_that_waits_and_news_replaces_it(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    person, registration = others.contact(email=None), uuid4()
    others.registration("confirmed", person, registration=registration, hours=30)
    clock.advance(hours=7)
    reminded()
    assert [m.state for m in messages(runtime)] == ["pending", "pending"]
    others.registration("cancelled", person, registration=registration, hours=23, was="confirmed", reason="own")
    assert [(m.state, m.reason) for m in messages(runtime)] == [
        ("suppressed", "superseded"), ("suppressed", "superseded"), ("pending", None),
    ]  # fmt: skip


def _moved(others: Others, clock: SettableClock, person: UUID, registration: UUID, hours: float) -> None:
    was = clock() + timedelta(hours=2)
    data = {"state": "confirmed", "was_starts_at": was.isoformat(), "was_place_zh": "活动室", "was_place_en": "x"}
    others.registration("moved", person, registration=registration, hours=hours, **data)


def test_a_move_takes_the_reminder_along(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    person, registration = others.contact(email=None), uuid4()
    others.registration("confirmed", person, registration=registration, hours=48)
    clock.advance(hours=1)
    _moved(others, clock, person, registration, hours=72)
    clock.advance(hours=24)
    assert reminded() == []
    clock.advance(hours=25)
    assert reminded() == [("sms", "pending")]
    _moved(others, clock, person, registration, hours=100)
    assert reminded() == [("sms", "suppressed")]
    clock.advance(hours=77)
    assert reminded() == [("sms", "pending"), ("sms", "suppressed")]


def test_a_reminder_that_waits_ends_with_its_subject_even_where_nobody_is_told(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    person, talk = others.contact(email=None), uuid4()
    data = {"talk_id": str(talk), "person_id": str(person), "body": "union"}
    times = {"starts_at": (clock() + timedelta(hours=48)).isoformat()}
    hand_over(runtime, event("welfare", "talk.scheduled", talk, {**data, **times}, runtime=runtime))
    clock.advance(hours=24)
    assert reminded() == [("sms", "pending")]
    with runtime.unit_of_work() as work:
        for rule in all_rules(work.session):
            rule.active = False
    hand_over(runtime, event("welfare", "talk.cancelled", talk, {**data, **times}, runtime=runtime))
    assert {(m.state, m.reason) for m in messages(runtime)} == {("suppressed", "subject-ended")}
    assert {e.data["reason"] for e in recorded(runtime, "message.suppressed")} == {"subject-ended"}


def test_a_tombstone_wins_over_a_late_beginning(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    """The end came first: a snapshot after a gap, or an event that staff had skipped and sent once more."""
    person, registration = others.contact(email=None), uuid4()
    others.registration("cancelled", person, registration=registration, version=1, was="confirmed", reason="own")
    others.registration("confirmed", person, registration=registration, version=2)
    clock.advance(hours=25)
    assert reminded() == []


@pytest.mark.parametrize(("hours", "made"), [(29, 1), (27, 0), (20, 0)])
def test_who_was_told_just_before_or_after_the_reminder_was_due_gets_none(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime, hours: float, made: int
) -> None:
    clock.advance(hours=100)  # the rules have been there for long
    others.registration("confirmed", others.contact(email=None), hours=hours)
    clock.advance(hours=6)
    assert len(reminded()) == made
    add_staff(runtime, "li", Grant("viewer", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    assert ("Its people were told of the time only shortly before" in client.get("/reminders/").text) is not bool(made)


def test_a_timer_that_comes_late_reminds_at_once_until_it_has_begun(
    others: Others, clock: SettableClock, reminded: Reminded
) -> None:
    others.registration("confirmed", others.contact(email=None), hours=48)
    others.registration("confirmed", others.contact(email=None), hours=40)
    clock.advance(hours=41)
    assert reminded() == [("sms", "pending")]


def test_snapshots_tell_of_what_was_arranged_before_this_service_listened(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    for state in ("confirmed", "waitlisted", "cancelled"):
        others.registration("snapshot", others.contact(email=None), hours=25, state=state, waiting_number=None)
    assert messages(runtime) == []
    clock.advance(hours=2)
    assert reminded() == [("sms", "pending")]


def test_a_childs_guardians_are_reminded_and_the_page_says_why(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    guardians = [others.contact(email=None), others.contact(email=None)]
    others.registration("confirmed", others.contact(phone=None, email=None, guardians=guardians))
    clock.advance(hours=25)
    assert len(reminded()) == 2
    assert steps(runtime, "reminded")[0] == {
        "kind": "reminded", "rule": "registration-reminder", "rule_version": 1, "minutes": 1440
    }  # fmt: skip


def test_two_timers_at_once_remind_once(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    for _ in range(20):
        others.registration("confirmed", others.contact(email=None))
    clock.advance(hours=25)
    at_once(*[lambda: remind(runtime)] * 4)
    assert len(reminded()) == 20


def test_a_rule_that_is_switched_on_or_reaches_further_reminds_nobody_of_what_was_due_before(
    others: Others, clock: SettableClock, reminded: Reminded, runtime: Runtime
) -> None:
    for hours in (48, 80):
        others.registration("confirmed", others.contact(email=None), hours=hours)
    clock.advance(hours=10)
    with runtime.unit_of_work() as work:
        rule = next(rule for rule in all_reminder_rules(work.session) if rule.key == "registration-reminder")
        change_reminder_rule(
            work, rule.id, version=1, minutes_before=40 * 60, apart_minutes=0, channels=["sms"], lane="normal",
            passes_quiet_hours=False, active=True,
        )  # fmt: skip
    assert reminded() == []
    clock.advance(hours=31)
    assert reminded() == [("sms", "pending")]


@pytest.mark.parametrize(("event_type", "reason"), [("confirmed", "subject-ended"), ("reminder", "moved")])
def test_right_before_sending_it_is_asked_whether_the_subject_is_still_as_it_was(
    runtime: Runtime,
    others: Others,
    clock: SettableClock,
    reminded: Reminded,
    sender: Sender,
    event_type: str,
    reason: str,
) -> None:
    """A sender had the message in its hands while the event came in, or it was made of an event that came late."""
    person = others.contact(email=None)
    others.registration("confirmed", person)
    if event_type == "reminder":
        sender.run_once()
        clock.advance(hours=25)
        reminded()
    with runtime.database.writing() as session:
        state = "ended" if event_type == "confirmed" else "coming"
        session.execute(update(Subject).values(version=2, state=state))
    sender.run_once()
    assert [(m.state, m.reason) for m in messages(runtime)][-1] == ("suppressed", reason)
    assert steps(runtime, "suppressed")[-1]["reason"] == reason


def test_what_is_to_come_goes_over_to_the_person_that_somebody_is_merged_with(
    runtime: Runtime, others: Others, clock: SettableClock, reminded: Reminded
) -> None:
    old, new = others.contact(email=None), others.contact(email=None)
    others.registration("confirmed", old)
    with runtime.unit_of_work() as work:
        move(work, old, new)
    clock.advance(hours=25)
    reminded()
    assert {message.person_id for message in messages(runtime)} == {new}


def test_a_rule_begins_to_pass_the_quiet_hours_with_a_reason_only(
    configured: Callable[..., Runtime], clock: SettableClock
) -> None:
    runtime = configured(QUIET_HOURS="00:00-23:59")
    with runtime.reading() as session:
        rule = next(one for one in all_reminder_rules(session) if one.key == "registration-reminder")
    url, headers = f"/api/v1/reminder-rules/{rule.id}", bearer(runtime, Grant("manager", "*"))
    client = create_app(runtime).test_client()
    given = {"minutes_before": 1440, "apart_minutes": 0, "channels": ["sms"], "lane": "normal", "active": True,
             "passes_quiet_hours": True}  # fmt: skip
    answer = client.put(url, json=given, headers={**headers, "If-Match": '"1"'})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["passes_reason"])
    answer = client.put(url, json={**given, "passes_reason": " 次日 清晨出发 "}, headers={**headers, "If-Match": '"1"'})
    assert (answer.status_code, answer.json["passes_reason"]) == (200, "次日 清晨出发")
    kept = client.put(url, json=given, headers={**headers, "If-Match": '"2"'})
    assert kept.json["passes_reason"] == "次日 清晨出发"
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None), hours=48)
    clock.advance(hours=25)
    remind(runtime)
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    sender.run_once()
    sender.close()
    assert [(one["reason"], one["because"]) for one in steps(runtime, "although-quiet")] == [("rule", "次日 清晨出发")]
    ended = client.put(url, json={**given, "passes_quiet_hours": False}, headers={**headers, "If-Match": '"3"'})
    assert ended.json["passes_reason"] == ""

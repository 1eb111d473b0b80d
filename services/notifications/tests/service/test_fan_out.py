"""From events to messages: who is written to, by which channel, in which language, and who is not."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import delete

from notifications.messages.rules import message_id
from notifications.sending.timers import sweep_waiting
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.others import Others
from notifications.wording.models import TemplateVersion
from shared.runtime import Runtime
from shared.testing.delivery import hand_over, recorded
from shared.testing.fakes import SettableClock


def test_a_person_gets_an_sms_and_an_email_with_ids_made_from_the_event(runtime: Runtime, others: Others) -> None:
    person = others.contact()
    event = others.registration("confirmed", person)
    made = {message.channel: message.message_id for message in messages(runtime)}
    assert made == {
        channel: message_id(event.id, person, channel, "registration-confirmed") for channel in ("sms", "email")
    }


def test_a_redelivered_event_adds_nothing(runtime: Runtime, others: Others) -> None:
    event = others.registration("confirmed", others.contact())
    hand_over(runtime, event, event)
    assert states(runtime) == {"pending": 2}


def test_a_childs_guardians_are_written_to_each_in_their_language(runtime: Runtime, others: Others) -> None:
    first, second = others.contact(name="家长甲"), others.contact(name="Parent B", language="en", phone=None)
    child = others.contact(name="孩子", phone=None, email=None, guardians=[first, second])
    others.registration("waitlisted", child, waiting_number=3)
    made = [(m.person_id, m.channel, m.language) for m in messages(runtime)]
    assert made == [(first, "sms", "zh-Hans"), (first, "email", "zh-Hans"), (second, "email", "en")]
    assert {m.notice.about_id for m in messages(runtime)} == {child}


def test_a_guardian_of_two_children_gets_a_message_for_each(runtime: Runtime, others: Others) -> None:
    guardian = others.contact(phone=None)
    for _ in range(2):
        others.registration("confirmed", others.contact(phone=None, email=None, guardians=[guardian]))
    assert len(messages(runtime, guardian)) == 2


def test_people_without_known_contact_are_not_forgotten(runtime: Runtime, others: Others) -> None:
    person = uuid4()
    others.registration("confirmed", person)
    assert [notice.state for notice in notices(runtime)] == ["waiting"]
    others.contact(person)
    assert states(runtime) == {"pending": 2}
    assert [notice.state for notice in notices(runtime)] == ["queued"]


def test_a_guardian_whose_contact_comes_last_still_gets_the_message(runtime: Runtime, others: Others) -> None:
    child, guardian = uuid4(), uuid4()
    others.registration("confirmed", child)
    others.contact(child, phone=None, email=None, guardians=[guardian])
    others.contact(guardian)
    assert len(messages(runtime, guardian)) == 2


def test_a_wait_for_a_contact_ends_when_the_message_would_be_useless(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    others.registration("confirmed", uuid4(), hours=2)
    clock.advance(hours=3)
    assert sweep_waiting(runtime) == 1
    [notice] = notices(runtime)
    assert (notice.state, notice.reason) == ("expired", "no-contact")


def test_what_lies_in_the_past_sends_nothing_and_says_so(runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact(), hours=-1)
    assert messages(runtime) == []
    assert steps(runtime, "suppressed") == [{"kind": "suppressed", "reason": "past"}]


def test_old_news_sends_nothing(runtime: Runtime, others: Others, clock: SettableClock) -> None:
    person = others.contact()
    now = clock.now
    clock.now = now - timedelta(hours=49)
    data = {"relief_id": str(uuid4()), "person_id": str(person), "outcome": "granted"}
    from shared.testing.delivery import event

    old = event("welfare", "relief.decided", uuid4(), data, runtime=runtime)
    clock.now = now
    hand_over(runtime, old)
    assert [notice.reason for notice in notices(runtime)] == ["too-old"]


def test_the_waiting_are_told_another_thing_than_the_confirmed_when_an_activity_is_cancelled(
    runtime: Runtime, others: Others
) -> None:
    for was in ("confirmed", "waitlisted"):
        others.registration("cancelled", others.contact(), was=was, reason="activity-cancelled")
    assert [notice.rule_key for notice in notices(runtime)] == ["registration-cancelled", "waiting-ended"]


def test_a_person_without_any_address_is_reported_unreachable(runtime: Runtime, others: Others) -> None:
    person = others.contact(phone=None, email=None)
    others.registration("confirmed", person)
    [event] = recorded(runtime, "contact.unreachable")
    assert event.data == {"person_id": str(person), "reason": "no-address"}


def test_bookings_of_the_house_reach_nobody_and_confidential_ones_name_no_room(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person = others.contact()
    times = {"starts_at": (clock() + timedelta(hours=5)).isoformat(), "ends_at": None}
    room = {"resource_zh": "谈心室", "resource_en": "Heart-to-heart room", "booking_id": str(uuid4())}
    others.tell("facilities", "booking.confirmed", {**room, **times, "person_id": None, "confidential": False})
    assert notices(runtime) == []
    others.tell("facilities", "booking.confirmed", {**room, **times, "person_id": str(person), "confidential": True})
    [notice] = notices(runtime)
    assert (notice.facts["resource"], notice.body) == (None, "*")


def test_welfare_reaches_each_party_of_a_dispute_in_neutral_words(runtime: Runtime, others: Others) -> None:
    people = [others.contact(), others.contact()]
    others.tell(
        "welfare", "dispute.opened", {"dispute_id": str(uuid4()), "body": "union", "person_ids": list(map(str, people))}
    )
    assert {(m.person_id, m.body) for m in messages(runtime)} == {(person, "union") for person in people}


def test_a_new_membership_names_the_organisation_and_an_old_one_is_no_news(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person, organisation = others.contact(), uuid4()
    others.tell(
        "membership",
        "organisation.changed",
        {"organisation_id": str(organisation), "name_zh": "装配支部", "name_en": "Assembly branch"},
    )
    data = {"membership_id": str(uuid4()), "person_id": str(person), "organisation_id": str(organisation)}
    today = clock().date()
    others.tell("membership", "membership.started", {**data, "body": "party", "start_on": today.isoformat()})
    others.tell("membership", "membership.started", {**data, "body": "party", "start_on": "2020-01-01"})
    assert [notice.state for notice in notices(runtime)] == ["queued", "suppressed"]
    assert notices(runtime)[0].facts["organisation"]["zh"] == "装配支部"


def test_a_recipient_whose_language_has_no_text_gets_the_other_one_and_the_timeline_says_so(
    runtime: Runtime, others: Others
) -> None:
    with runtime.unit_of_work() as work:
        work.session.execute(
            delete(TemplateVersion).where(
                TemplateVersion.key == "registration-confirmed", TemplateVersion.language == "zh-Hans"
            )
        )
    others.registration("confirmed", others.contact(email=None))
    assert [message.language for message in messages(runtime)] == ["en"]
    assert steps(runtime, "other-language") == [{"kind": "other-language", "channel": "sms", "language": "en"}]

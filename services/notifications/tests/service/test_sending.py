"""Sending through real SMTP and the SMS gateway simulator."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.event import listen

from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.messages.rules import CHANNELS
from notifications.sending.claims import claim
from notifications.sending.sender import Sender
from notifications.sending.timers import sweep_waiting
from notifications.testing.conditions import end_leases, messages, states, steps
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock


def _send_until(runtime: Runtime, sender: Sender, wanted: dict[str, int]) -> None:
    def reached() -> bool:
        sender.run_once()
        return states(runtime) == wanted

    until(reached)


def test_an_sms_and_an_email_arrive_in_natural_chinese(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact(name="某某")
    others.registration("confirmed", person)
    _send_until(runtime, sender, {"sent": 2})
    [sms] = mailbox.messages(channel="sms")
    assert sms["text"] == (
        "【党群服务中心】某某您好，您已成功报名“小候鸟暑期班”。时间：11月25日（周三）09:00–11:00，地点：活动室。"
        "如不能参加，请尽早取消，把名额留给候补人员。"
    )
    [mail] = mailbox.messages(channel="email")
    whole = mailbox.get(f"/api/messages/{mail['id']}").json()
    assert whole["subject"] == "报名成功：小候鸟暑期班"
    assert "某某，您好：" in whole["text"]
    assert 'style="' in whole["html"]
    # what cannot be said in attributes: narrow windows, and the dark
    [kept] = whole["html"].split("<style>")[1:]
    assert kept.startswith("@media ")
    by_channel = {message.channel: message for message in messages(runtime)}
    assert mail["message_id"] == f"<{by_channel['email'].message_id}@sample.invalid>"
    assert sms["message_id"] == str(by_channel["sms"].message_id)
    assert by_channel["sms"].segments == sms["segments"] == 2
    assert {event.data["channel"] for event in recorded(runtime, "message.sent")} == {"sms", "email"}


def test_guardians_read_the_childs_name_in_their_own_language(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    guardian = others.contact(name="Parent", language="en", email=None)
    child = others.contact(name="小明", phone=None, email=None, guardians=[guardian])
    others.registration("waitlisted", child, waiting_number=3)
    _send_until(runtime, sender, {"sent": 1})
    [sms] = mailbox.messages()
    assert "Little migratory birds (Wed 25 November 2026, 09:00–11:00) is full." in sms["text"]
    assert "The registration of 小明 is number 3" in sms["text"]


def test_a_hostile_name_stays_literal_in_every_part_of_the_mail(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact(name='<script>((title))</script>"', phone=None)
    others.registration("confirmed", person, title_zh="标题\r\nBcc: other@sample.invalid", title_en=None)
    _send_until(runtime, sender, {"sent": 1})
    whole = mailbox.get(f"/api/messages/{mailbox.messages()[0]['id']}").json()
    assert whole["subject"] == "报名成功：标题 Bcc: other@sample.invalid"
    assert not [name for name, _ in whole["headers"] if name.lower() == "bcc"]
    assert "<script>" not in whole["html"]
    assert "((title))" in whole["text"]


@pytest.mark.parametrize("kind", ["try-later", "hang-up"])
def test_a_temporary_refusal_is_tried_again_with_the_same_message_id(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, kind: str
) -> None:
    mailbox.fault("smtp", kind, remaining=2)
    others.registration("confirmed", others.contact(phone=None))
    _send_until(runtime, sender, {"sent": 1})
    [message] = messages(runtime)
    assert (message.tries, message.maybe_duplicate, len(mailbox.messages())) == (2, False, 1)
    assert len(steps(runtime, "retry")) == 2


def test_one_bad_recipient_fails_alone(runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox) -> None:
    mailbox.fault("smtp", "refuse", recipient="bad")
    for name in ("good-1", "bad", "good-2"):
        others.registration("confirmed", others.contact(phone=None, email=f"{name}@sample.invalid"))
    others.registration("confirmed", others.contact(phone=None, email="line\r\nbreak@sample.invalid"))
    _send_until(runtime, sender, {"sent": 2, "failed": 2})
    assert sorted(m["to"] for m in mailbox.messages()) == ["good-1@sample.invalid", "good-2@sample.invalid"]
    reasons = {event.data["reason"] for event in recorded(runtime, "message.failed")}
    assert "smtp-550" in reasons


def test_many_mails_travel_over_one_connection(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    for _ in range(5):
        others.registration("confirmed", others.contact(phone=None))
    _send_until(runtime, sender, {"sent": 5})
    assert sender._carriers["email"].link.connections == 1


def test_a_mail_whose_answer_was_lost_is_sent_again_and_marked(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("smtp", "lose-answer", remaining=1, seconds=0.05)
    others.registration("confirmed", others.contact(phone=None))
    _send_until(runtime, sender, {"sent": 1})
    assert messages(runtime)[0].maybe_duplicate
    assert len({m["message_id"] for m in mailbox.messages()}) == 1


def test_an_sms_whose_answer_was_lost_is_asked_for_and_not_sent_again(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "lose-answer", remaining=1, seconds=0.05)
    mailbox.fault("sms", "no-receipt")
    others.registration("confirmed", others.contact(email=None))
    sender.run_once()
    assert states(runtime) == {"unknown": 1}
    end_leases(runtime)
    _send_until(runtime, sender, {"sent": 1})
    assert (len(mailbox.messages()), messages(runtime)[0].maybe_duplicate) == (1, False)
    assert steps(runtime, "sent")[-1]["code"] == "found-by-own-id"


def test_an_sms_that_never_reached_the_gateway_is_sent_after_asking(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    others.registration("confirmed", others.contact(email=None))
    with runtime.database.writing() as session:
        session.execute(update(Message).values(state="unknown", on_wire=True))
    _send_until(runtime, sender, {"sent": 1})
    assert len(mailbox.messages()) == 1


def test_a_refused_sms_fails_and_a_throttled_one_waits_without_using_up_a_try(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "throttle", remaining=3)
    mailbox.fault("sms", "refuse", recipient="+8610000000007")
    others.registration("confirmed", others.contact(email=None, phone="+8610000000006"))
    _send_until(runtime, sender, {"sent": 1})
    assert messages(runtime)[0].tries == 0
    others.registration("confirmed", others.contact(email=None, phone="+8610000000007"))
    _send_until(runtime, sender, {"sent": 1, "failed": 1})


def test_with_the_gateway_away_mails_go_on_and_every_sms_arrives_after(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "unavailable")
    for _ in range(3):
        others.registration("confirmed", others.contact())
    _send_until(runtime, sender, {"sent": 3, "pending": 3})
    mailbox.clear()
    _send_until(runtime, sender, {"sent": 6})
    assert len(mailbox.messages(channel="sms")) == 3


def test_with_nothing_due_a_sender_takes_no_lock(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    others.registration("confirmed", others.contact())
    assert [len(claim(runtime, channel, sender._settings.lease, 20)) for channel in CHANNELS] == [1, 1]
    begun: list[bool] = []
    engine = runtime.database.engine
    listen(engine, "begin", lambda link: begun.append(link.get_execution_options().get("yizhan_reading", False)))
    with runtime.database.writing():
        assert sender.run_once() == 0
        assert sweep_waiting(runtime) == 0
    assert begun == [True] * 3


def test_a_row_that_a_dead_sender_left_is_taken_after_its_lease(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    others.registration("confirmed", others.contact(phone=None))
    [abandoned] = claim(runtime, "email", sender._settings.lease, 20)
    assert claim(runtime, "email", sender._settings.lease, 20) == []
    end_leases(runtime)
    _send_until(runtime, sender, {"sent": 1})
    [message] = messages(runtime)
    assert message.attempt > abandoned.attempt
    assert not message.maybe_duplicate


def test_a_mail_that_a_dead_sender_may_have_handed_over_is_sent_again_and_marked(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    others.registration("confirmed", others.contact(phone=None))
    [held] = claim(runtime, "email", sender._settings.lease, 20)
    assert sender._turn(None, held) is not None
    end_leases(runtime)
    _send_until(runtime, sender, {"sent": 1})
    assert messages(runtime)[0].maybe_duplicate
    assert len(steps(runtime, "taken-over")) == 1


def test_a_sender_that_lost_its_lease_changes_nothing(
    runtime: Runtime, others: Others, make_sender: Callable[[], Sender], mailbox: Mailbox
) -> None:
    slow, quick = make_sender(), make_sender()
    others.registration("confirmed", others.contact(phone=None))
    [held] = claim(runtime, "email", slow._settings.lease, 20)
    ready = slow._turn(None, held)
    assert ready is not None
    end_leases(runtime)
    _send_until(runtime, quick, {"sent": 1})
    finished = messages(runtime)[0].finished_at
    slow._turn((ready, slow._hand_over(ready)), None)
    assert messages(runtime)[0].finished_at == finished
    assert len(steps(runtime, "late-sender")) == 1
    assert len(recorded(runtime, "message.sent")) == 1


def test_urgent_messages_are_claimed_before_normal_and_bulk_ones(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    person = others.contact(phone=None)
    others.registration("confirmed", person)
    others.registration("promoted", person)
    [first] = claim(runtime, "email", sender._settings.lease, 1)
    urgent = next(m for m in messages(runtime) if m.notice.rule_key == "registration-promoted")
    assert first.id == urgent.id


def test_a_message_expires_when_its_subject_has_begun(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, clock: SettableClock
) -> None:
    others.registration("confirmed", others.contact(), hours=1)
    clock.advance(hours=2)
    sender.run_once()
    assert states(runtime) == {"expired": 2}
    assert mailbox.messages() == []


def test_an_address_that_was_withdrawn_is_not_used_and_a_new_one_is(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person = others.contact()
    others.registration("confirmed", person)
    others.contact(person, phone=None, email="new@sample.invalid")
    sender.run_once()
    assert states(runtime) == {"suppressed": 1, "sent": 1}
    assert [m["to"] for m in mailbox.messages()] == ["new@sample.invalid"]
    assert recorded(runtime, "message.suppressed")[0].data["reason"] == "address-withdrawn"


def test_accepted_messages_are_always_the_sum_of_their_states(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("smtp", "refuse", remaining=1)
    for hours in (1, 48, 48):
        others.registration("confirmed", others.contact(), hours=hours)
    with runtime.reading() as session:
        assert conservation(session).holds
    sender.run_once()
    with runtime.reading() as session:
        law = conservation(session)
    assert (law.accepted, law.holds, law.states["failed"]) == (6, True, 1)


def test_news_that_is_no_longer_true_is_not_sent_any_more(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person, registration = others.contact(), uuid4()
    others.registration("confirmed", person, registration=registration)
    others.registration("cancelled", person, registration=registration, was="confirmed", reason="activity-cancelled")
    assert states(runtime) == {"suppressed": 2, "pending": 2}
    _send_until(runtime, sender, {"suppressed": 2, "sent": 2})
    assert all("取消" in message["text"] for message in mailbox.messages())


def test_news_that_a_sender_claimed_and_did_not_begin_is_overtaken_too(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    person, registration = others.contact(email=None), uuid4()
    others.registration("confirmed", person, registration=registration)
    [held] = claim(runtime, "sms", sender._settings.lease, 20)
    others.registration("cancelled", person, registration=registration, was="confirmed", reason="own")
    assert sender._turn(None, held) is None
    _send_until(runtime, sender, {"suppressed": 1, "sent": 1})
    assert ["取消" in message["text"] for message in mailbox.messages()] == [True]


def test_newer_news_waits_while_older_news_is_on_its_way(
    runtime: Runtime, others: Others, make_sender: Callable[[], Sender], mailbox: Mailbox
) -> None:
    slow, quick = make_sender(), make_sender()
    person, registration = others.contact(email=None), uuid4()
    others.registration("confirmed", person, registration=registration)
    [held] = claim(runtime, "sms", slow._settings.lease, 20)
    ready = slow._turn(None, held)
    assert ready is not None
    others.registration("cancelled", person, registration=registration, was="confirmed", reason="activity-cancelled")
    quick.run_once()
    assert states(runtime) == {"sending": 1, "pending": 1}
    slow._turn((ready, slow._hand_over(ready)), None)
    _send_until(runtime, quick, {"sent": 2})
    assert ["取消" in message["text"] and "请勿前往" in message["text"] for message in mailbox.messages()] == [
        True,
        False,
    ]

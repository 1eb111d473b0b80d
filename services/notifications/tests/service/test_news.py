"""What people read about a move and a cancellation, and the news that are none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from notifications.app import create_app
from notifications.messages.content import Content, render
from notifications.messages.models import Message
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, sign_in

WORDS = "<b>((name))</b> ((resource??x))"


@pytest.fixture
def told(runtime: Runtime) -> Callable[[UUID], dict[str, Content]]:
    """What a person's messages say, by channel; only what is still to be sent."""

    def read(person_id: UUID) -> dict[str, Content]:
        with runtime.reading() as session:
            rows = session.scalars(
                select(Message)
                .where(Message.person_id == person_id, Message.state == "pending")
                .options(joinedload(Message.notice), joinedload(Message.template), joinedload(Message.contact))
            )
            zone, url = runtime.settings.time_zone, runtime.settings.public_url
            return {
                row.channel: render(row, row.contact, None, signature="党群服务中心", zone=zone, public_url=url)
                for row in rows
                if row.contact is not None
            }

    return read


def _moved(others: Others, clock: SettableClock, person: UUID, *, was_hours: float = 24, **more: Any) -> None:
    was = clock() + timedelta(hours=was_hours)
    data = {
        "state": "confirmed",
        "was_starts_at": was.isoformat(),
        "was_ends_at": (was + timedelta(hours=2)).isoformat(),
        "was_place_zh": "阅览室",
        "was_place_en": "Reading room",
        **more,
    }
    others.registration("moved", person, **data)


def test_a_move_says_the_new_time_and_place_and_the_old_ones(
    others: Others, clock: SettableClock, told: Callable[[UUID], dict[str, Content]]
) -> None:
    person = others.contact()
    _moved(others, clock, person)
    assert told(person)["sms"].text == (
        "【党群服务中心】某某您好，“小候鸟暑期班”的安排有变。时间：11月25日（周三）09:00–11:00（原为11月24日（周二）09:00–11:00），"
        "地点：活动室（原为阅览室）。您的报名仍有效，如不能参加请尽早取消。"
    )
    mail = told(person)["email"]
    assert mail.subject == "活动安排有变：小候鸟暑期班"
    assert "地点：活动室（原为阅览室）" in mail.text


def test_what_stays_is_not_called_new(
    others: Others, clock: SettableClock, told: Callable[[UUID], dict[str, Content]]
) -> None:
    person = others.contact(language="en")
    _moved(others, clock, person, was_place_zh="活动室", was_place_en="Activity room")
    assert "(before: Tue 24 November 2026, 09:00–11:00), Activity room. The" in told(person)["sms"].text
    person = others.contact(language="en")
    _moved(others, clock, person, was_hours=48)
    assert "Wed 25 November 2026, 09:00–11:00, Activity room (before: Reading room)." in told(person)["sms"].text


def test_who_waits_is_told_that_they_still_wait(
    runtime: Runtime, others: Others, clock: SettableClock, told: Callable[[UUID], dict[str, Content]]
) -> None:
    person = others.contact()
    _moved(others, clock, person, state="waitlisted")
    assert [notice.rule_key for notice in notices(runtime)] == ["waiting-moved"]
    assert "候补顺序不变" in told(person)["sms"].text
    assert "报名仍" not in told(person)["sms"].text
    assert "还没有名额" in told(person)["email"].text


def test_the_newest_news_about_a_registration_replaces_what_was_not_sent(
    runtime: Runtime, others: Others, clock: SettableClock, told: Callable[[UUID], dict[str, Content]]
) -> None:
    person, registration = others.contact(), uuid4()
    others.registration("confirmed", person, registration=registration)
    _moved(others, clock, person, registration=registration)
    assert states(runtime) == {"suppressed": 2, "pending": 2}
    assert "原为" in told(person)["sms"].text
    _moved(others, clock, person, registration=registration, was_place_zh="礼堂")
    assert "原为礼堂" in told(person)["sms"].text
    others.registration("cancelled", person, registration=registration, was="confirmed", reason="activity-cancelled")
    assert states(runtime) == {"suppressed": 6, "pending": 2}
    assert "取消" in told(person)["sms"].text


@pytest.mark.parametrize("was", ["confirmed", "waitlisted"])
def test_the_reason_of_a_cancellation_is_said_word_for_word(
    runtime: Runtime, others: Others, told: Callable[[UUID], dict[str, Content]], was: str
) -> None:
    person, reader = others.contact(), others.contact(language="en")
    for one, words in ((person, "高温停课。"), (reader, WORDS)):
        others.registration("cancelled", one, was=was, reason="activity-cancelled", because=words)
    assert "已取消（原因：高温停课），您的" in told(person)["sms"].text
    assert "取消原因：高温停课。" in told(person)["email"].text
    assert f"The reason: {WORDS}." in told(reader)["email"].text
    assert "&lt;b&gt;((name))&lt;/b&gt; ((resource??x))" in told(reader)["email"].html
    assert WORDS not in told(reader)["sms"].text


def test_without_a_reason_nothing_is_left_open(others: Others, told: Callable[[UUID], dict[str, Content]]) -> None:
    person = others.contact()
    others.registration("cancelled", person, was="confirmed", reason="activity-cancelled")
    assert all("原因" not in content.text for content in told(person).values())
    assert "已取消，您的报名随之取消，请勿前往。" in told(person)["sms"].text


def test_a_talk_that_was_never_told_of_is_not_called_off_and_the_page_says_why(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    starts = clock() + timedelta(hours=30)
    data = {
        "talk_id": str(uuid4()),
        "body": "women",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
    }
    others.tell("welfare", "talk.cancelled", {**data, "person_id": str(others.contact()), "was": "requested"})
    assert messages(runtime) == []
    assert [(notice.state, notice.reason) for notice in notices(runtime)] == [("suppressed", "never-told")]
    assert steps(runtime, "suppressed") == [{"kind": "suppressed", "reason": "never-told"}]
    for more in ({"was": "scheduled"}, {}):
        told = others.contact()
        others.tell("welfare", "talk.cancelled", {**data, "person_id": str(told), **more})
        assert len(messages(runtime, told)) == 2
    add_staff(runtime, "wang", Grant("viewer", "women"), language="zh-Hans")
    client = create_app(runtime).test_client()
    sign_in(client, "wang")
    why = "还没有通知过这个时间"
    assert why in client.get("/held-back").text
    held = next(notice for notice in notices(runtime) if notice.state == "suppressed")
    assert why in client.get(f"/held-back/{held.id}").text

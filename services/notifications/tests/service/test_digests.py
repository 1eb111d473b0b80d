"""Digests: what one rule tells one recipient within five minutes is one message, whoever brings it and whoever dies."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from notifications.app import create_app
from notifications.digests.commands import close_windows, set_digest
from notifications.former_people.moving import move
from notifications.messages.content import Content, render
from notifications.messages.effects import effects_of
from notifications.messages.models import Message
from notifications.sending.timers import sweep_waiting
from notifications.testing.conditions import messages, notices
from notifications.testing.others import Others
from shared.principal import SYSTEM, Grant
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, form_fields, sign_in

RULE = "registration-confirmed"


@pytest.fixture(autouse=True)
def collecting(runtime: Runtime) -> None:
    with runtime.unit_of_work() as work:
        set_digest(work, RULE, version=0, minutes=5)


@pytest.fixture
def sent(runtime: Runtime, clock: SettableClock) -> Callable[[], dict[str, Content]]:
    """Closes the windows after five minutes; what the only message of each channel says."""

    def read() -> dict[str, Content]:
        clock.advance(minutes=5)
        close_windows(runtime)
        with runtime.reading() as session:
            rows = session.scalars(
                select(Message).options(
                    joinedload(Message.notice), joinedload(Message.template), joinedload(Message.contact)
                )
            ).all()
            assert Counter(row.channel for row in rows).most_common(1)[0][1] == 1
            zone, url = runtime.settings.time_zone, runtime.settings.public_url
            return {
                row.channel: render(row, row.contact, None, signature="中心", zone=zone, public_url=url)
                for row in rows
                if row.contact is not None
            }

    return read


def test_ten_events_within_five_minutes_become_one_message_with_ten_lines(
    runtime: Runtime, others: Others, clock: SettableClock, sent: Callable[[], dict[str, Content]]
) -> None:
    person = others.contact()
    told = [others.registration("confirmed", person, title_zh=f"<b>第{number}课</b>") for number in range(10)]
    hand_over(runtime, told[3])  # once more
    clock.advance(minutes=4)
    close_windows(runtime)
    assert sweep_waiting(runtime) == 0
    others.contact(person)  # their contact is told once more: what is collected stays collected
    assert messages(runtime) == []
    said = sent()
    assert said["email"].subject == "您有10条新消息"
    assert [f"{n}. 您已成功报名“<b>第{n - 1}课</b>”" in said["email"].text for n in range(1, 11)] == [True] * 10
    assert said["email"].html.count("&lt;b&gt;第") == 10
    assert said["sms"].text.count("已成功报名") == 10
    with runtime.reading() as session:
        assert [effect.url for effect in effects_of(session, told[7].id, SYSTEM)] == [
            f"/messages/{message.id}" for message in messages(runtime)
        ]


def test_a_single_event_becomes_the_usual_message(
    others: Others, sent: Callable[[], dict[str, Content]], runtime: Runtime
) -> None:
    others.registration("confirmed", others.contact(email=None))
    assert "已成功报名“小候鸟暑期班”。时间" in sent()["sms"].text
    assert [notice.state for notice in notices(runtime)] == ["queued"]


def test_only_the_newest_line_about_a_thing_is_told_and_nothing_that_is_over(
    others: Others, sent: Callable[[], dict[str, Content]], runtime: Runtime
) -> None:
    person, registration = others.contact(email=None), uuid4()
    for title in ("旧", "新"):
        others.registration("confirmed", person, registration=registration, title_zh=title)
    others.registration("confirmed", person, hours=0.01, title_zh="已开始")
    assert "报名“新”" in sent()["sms"].text
    assert sorted(filter(None, (notice.reason for notice in notices(runtime)))) == ["expired", "superseded"]


def test_recipients_rules_and_bodies_have_windows_of_their_own(
    others: Others, runtime: Runtime, clock: SettableClock
) -> None:
    one, two = others.contact(email=None), others.contact(email=None)
    for person in (one, one, two, two):
        others.registration("confirmed", person)
    others.registration("waitlisted", one, waiting_number=1)
    clock.advance(minutes=5)
    close_windows(runtime)
    assert Counter(message.person_id for message in messages(runtime)) == {one: 2, two: 1}


def test_a_guardian_reads_of_both_children_in_one_message(
    others: Others, runtime: Runtime, sent: Callable[[], dict[str, Content]]
) -> None:
    guardian = others.contact(email=None)
    for name in ("张小一", "张小二"):
        others.registration("confirmed", others.contact(name=name, phone=None, email=None, guardians=[guardian]))
    assert {name in sent_text for name in ("张小一", "张小二") for sent_text in [_only(sent())]} == {True}


def _only(contents: dict[str, Content]) -> str:
    [content] = contents.values()
    return content.text


def test_events_that_come_at_once_are_in_one_digest_and_each_in_one(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person = others.contact(email=None)
    told = [_confirmed(runtime, clock, person) for _ in range(10)]
    at_once(*[lambda one=one: hand_over(runtime, one) for one in told])  # type: ignore[misc]
    clock.advance(minutes=5)
    at_once(*[lambda: close_windows(runtime)] * 3)
    [message] = messages(runtime)
    assert message.notice.facts["count"] == 10
    assert len({notice.window_id for notice in notices(runtime)}) == 1


def test_what_comes_while_windows_close_is_in_exactly_one_message(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person = others.contact(email=None)
    hand_over(runtime, *[_confirmed(runtime, clock, person) for _ in range(3)])
    clock.advance(minutes=5)
    late = [_confirmed(runtime, clock, person) for _ in range(6)]
    at_once(*[lambda one=one: hand_over(runtime, one) for one in late], *[lambda: close_windows(runtime)] * 2)  # type: ignore[misc]
    clock.advance(minutes=6)
    close_windows(runtime)
    assert sum(message.notice.facts.get("count", 1) for message in messages(runtime)) == 9
    assert {notice.state for notice in notices(runtime)} == {"queued"}


def _confirmed(runtime: Runtime, clock: SettableClock, person: UUID):  # type: ignore[no-untyped-def]
    starts = clock() + timedelta(hours=48)
    data = {"person_id": str(person), "title_zh": "课", "title_en": "x", "starts_at": starts.isoformat()}
    return event("activities", "registration.confirmed", uuid4(), data, runtime=runtime)


def test_staff_say_which_rule_collects_and_see_what_it_has(runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact())
    add_staff(runtime, "li", Grant("manager", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    assert "5 minutes" in client.get("/digests/").text
    url = f"/digests/{RULE}"
    assert client.post(url, data={**form_fields(client, url), "minutes": "2000"}).status_code == 422
    assert client.post(url, data={**form_fields(client, url), "minutes": "0"}).status_code == 303
    assert "5 minutes" not in client.get("/digests/").text
    others.registration("confirmed", others.contact())
    assert len(messages(runtime)) == 2


def test_lines_of_a_person_that_is_merged_join_the_window_of_the_other_one(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    old, new = others.contact(email=None), others.contact(email=None)
    for person in (old, old, new):
        others.registration("confirmed", person)
    others.registration("waitlisted", old, waiting_number=1)
    with runtime.unit_of_work() as work:
        move(work, old, new)
    clock.advance(minutes=5)
    close_windows(runtime)
    [*_, message] = messages(runtime, new)
    assert message.notice.facts["count"] == 3

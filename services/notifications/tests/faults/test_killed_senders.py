"""Sender processes that are killed while they send: nobody is missed, no SMS comes twice."""

from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from notifications.messages.queries import conservation
from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.runtime import Runtime

pytestmark = pytest.mark.timeout(300)
THREADS = 4  # of each process that carry mails


def _queue(runtime: Runtime, people: int) -> None:
    others = Others(runtime, utc_now)
    for _ in range(people):
        others.registration("confirmed", others.contact())


def _arrivals(mailbox: Mailbox, channel: str) -> Counter[str]:
    return Counter(message["message_id"].strip("<>").partition("@")[0] for message in mailbox.messages(
        channel=channel, limit=10_000
    ))  # fmt: skip


def test_several_killed_senders_miss_nobody_and_send_no_sms_twice(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    people, kills = 30, 3
    _queue(runtime, people)
    mailbox.fault("smtp", "slow", seconds=0.05)
    mailbox.fault("sms", "slow", seconds=0.05)
    senders.start()
    senders.start()
    for kill in range(kills):
        until(lambda kill=kill: len(mailbox.messages(limit=10_000)) > (kill + 1) * 12, seconds=60)  # type: ignore[misc]
        senders.kill()
        senders.start()
        with runtime.reading() as session:
            assert conservation(session).holds
    until(lambda: states(runtime) == {"sent": people * 2}, seconds=120)
    sms, mails = _arrivals(mailbox, "sms"), _arrivals(mailbox, "email")
    expected = {message.channel: set() for message in messages(runtime)}  # type: ignore[var-annotated]
    for message in messages(runtime):
        expected[message.channel].add(str(message.message_id))
    assert (set(sms), set(mails)) == (expected["sms"], expected["email"])
    assert set(sms.values()) == {1}
    twice = {message_id for message_id, count in mails.items() if count > 1}
    flagged = {str(message.message_id) for message in messages(runtime) if message.maybe_duplicate}
    assert twice <= flagged
    assert sum(mails.values()) - people <= kills * THREADS


@pytest.mark.parametrize(("point", "copies"), [("send.before-send", 1), ("send.after-send", 2)])
def test_a_mail_comes_twice_only_when_the_sender_died_after_handing_it_over(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str, copies: int
) -> None:
    others = Others(runtime, utc_now)
    others.registration("confirmed", others.contact(phone=None))
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    until(lambda: states(runtime) == {"sent": 1}, seconds=60)
    assert list(_arrivals(mailbox, "email").values()) == [copies]
    assert messages(runtime)[0].maybe_duplicate


@pytest.mark.parametrize("point", ["send.before-send", "send.after-send"])
def test_an_sms_comes_exactly_once_wherever_the_sender_dies(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str
) -> None:
    others = Others(runtime, utc_now)
    others.registration("confirmed", others.contact(email=None))
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    until(lambda: states(runtime) == {"sent": 1}, seconds=60)
    assert list(_arrivals(mailbox, "sms").values()) == [1]

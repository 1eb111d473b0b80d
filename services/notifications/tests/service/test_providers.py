"""Circuits, buckets, failing over, approved texts and budgets, through the real mail sink and gateway simulator."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, update

from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.providers.board import Board
from notifications.providers.commands import approve_text, set_rate
from notifications.providers.models import Provider
from notifications.sending.claims import claim
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.testing.conditions import messages, states, steps
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from notifications.wording.queries import find_template
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock

NOBODY = "http://127.0.0.1:1/sms"
MANAGER = Principal(None, "M", grants=(Grant("manager", "*"),))


@contextmanager
def _sender(runtime: Runtime, **more: object) -> Iterator[Sender]:
    made = Sender(runtime, SendingSettings.of(runtime.settings), **more)  # type: ignore[arg-type]
    yield made
    made.close()


def _provider(runtime: Runtime, name: str) -> Provider:
    with runtime.reading() as session:
        return session.scalars(select(Provider).where(Provider.name == name)).one()


def _reaches(runtime: Runtime, sender: Sender, wanted: dict[str, int]) -> None:
    def reached() -> bool:
        sender.run_once()
        return states(runtime) == wanted

    until(reached)


def test_a_refused_connection_fails_over_at_once_and_opens_the_circuit(
    configured: Callable[..., Runtime], clock: SettableClock, mailbox: Mailbox
) -> None:
    gateways = [
        {"name": "first", "kind": "generic", "url": NOBODY, "price": "0.05"},
        {"name": "second", "kind": "generic", "url": f"{mailbox.url}/sms", "price": "0.045"},
    ]
    runtime = configured(SMS_PROVIDERS=json.dumps(gateways), YIZHAN_SEND_RETRY="60")
    others = Others(runtime, clock)
    for _ in range(5):
        others.registration("confirmed", others.contact(email=None))
    with _sender(runtime) as sender:
        sender.run_once()
    assert states(runtime) == {"sent": 5}
    assert {(m.provider, m.tries, m.cost) for m in messages(runtime)} == {("second", 0, 900)}
    assert len(mailbox.messages()) == 5
    first = _provider(runtime, "first")
    assert (first.circuit, first.failures, first.code) == ("open", 3, "no-connection")
    assert _provider(runtime, "second").circuit == "closed"


def test_a_provider_that_is_away_is_left_alone_probed_by_one_and_used_again(
    runtime: Runtime, others: Others, make_sender: Callable[[], Sender], mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "unavailable")
    for _ in range(6):
        others.registration("confirmed", others.contact(email=None))
    one, other = make_sender(), make_sender()
    until(lambda: one.run_once() + other.run_once() >= 0 and _provider(runtime, "mailbox").circuit == "open")
    with runtime.database.writing() as session:
        session.execute(update(Provider).where(Provider.name == "mailbox").values(next_try_at=None))
        session.execute(update(Message).values(due_at=others._clock()))
    board = Board(runtime, "sms", ["mailbox"], first_pause=one._settings.first_retry, lease=one._settings.lease)
    plans = [board.plan(20), board.plan(20)]
    assert [(plan.probe, plan.most) for plan in plans] == [("mailbox", 1), (None, 0)]
    board.give_back(plans[0], 1, nothing_tried=True)
    mailbox.clear()
    _reaches(runtime, one, {"sent": 6})
    assert _provider(runtime, "mailbox").circuit == "closed"
    assert len(mailbox.messages()) == 6


def _left_alone_until_now(runtime: Runtime, clock: SettableClock) -> None:
    """As if the pause after failures were over, and every message due."""
    with runtime.database.writing() as session:
        session.execute(update(Provider).values(circuit="open", failures=3, openings=1, next_try_at=None))
        session.execute(update(Message).values(due_at=clock()))


def test_a_probe_that_only_asked_what_became_of_a_message_ends_the_pause_of_its_gateway(
    runtime: Runtime, others: Others, clock: SettableClock, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "lose-answer", seconds=0.01, remaining=1)
    others.registration("confirmed", others.contact(email=None))
    _reaches(runtime, sender, {"unknown": 1})
    _left_alone_until_now(runtime, clock)
    sender.run_once()
    assert (states(runtime), _provider(runtime, "mailbox").circuit) == ({"sent": 1}, "closed")


def test_a_probe_whose_message_was_not_worth_sending_any_more_is_made_with_the_next_one(
    runtime: Runtime, others: Others, clock: SettableClock, sender: Sender, mailbox: Mailbox
) -> None:
    sender._boards["sms"]._introduce()
    for _ in range(3):
        others.registration("confirmed", others.contact(email=None))
    with runtime.database.writing() as session:
        session.execute(update(Message).values(expires_at=clock()))
    others.registration("confirmed", others.contact(email=None))
    _left_alone_until_now(runtime, clock)
    _reaches(runtime, sender, {"expired": 3, "sent": 1})
    assert _provider(runtime, "mailbox").circuit == "closed"


def test_while_every_gateway_is_left_alone_no_sms_is_claimed(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    others.registration("confirmed", others.contact(email=None))
    sender._boards["sms"].plan(1)
    with runtime.database.writing() as session:
        session.execute(update(Provider).values(circuit="open", next_try_at=others._clock().replace(year=2099)))
    assert sender.run_once() == 0
    assert (messages(runtime)[0].attempt, states(runtime)) == (0, {"pending": 1})


def test_a_bucket_is_shared_by_all_senders_and_uses_up_no_try(
    runtime: Runtime, others: Others, make_sender: Callable[[], Sender], mailbox: Mailbox
) -> None:
    for _ in range(8):
        others.registration("confirmed", others.contact(email=None))
    with runtime.unit_of_work(actor=MANAGER) as work:
        set_rate(work, "mailbox", "sms", rate=1, burst=3)
    with runtime.database.writing() as session:
        session.execute(update(Provider).values(tokens=3.0))
    one, other = make_sender(), make_sender()
    claimed = one.run_once() + other.run_once()
    assert 3 <= claimed < 8
    assert states(runtime)["sent"] == claimed
    assert {m.tries for m in messages(runtime)} == {0}
    with pytest.raises(Refused), runtime.unit_of_work(actor=MANAGER) as work:
        set_rate(work, "mailbox", "sms", rate=0, burst=3)


def test_an_account_that_is_throttled_is_left_alone_as_long_as_it_asks(
    runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    mailbox.fault("sms", "throttle", remaining=3)
    for _ in range(4):
        others.registration("confirmed", others.contact(email=None))
    _reaches(runtime, sender, {"sent": 4})
    assert {m.tries for m in messages(runtime)} == {0}
    assert steps(runtime, "throttled")


@pytest.mark.parametrize("kind", ["aliyun", "tencent"])
def test_a_gateway_sends_only_texts_that_it_approved(
    configured: Callable[..., Runtime], clock: SettableClock, mailbox: Mailbox, kind: str
) -> None:
    gateway = {"name": kind, "kind": kind, "url": f"{mailbox.url}/{kind}/", "key_id": "k", "secret": "s", "app_id": "1"}
    runtime = configured(SMS_PROVIDERS=json.dumps([{**gateway, "price": "0.045"}]))
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None))
    with _sender(runtime) as sender:
        sender.run_once()
    assert [(m.state, m.reason) for m in messages(runtime)] == [("failed", "text-not-approved")]
    with runtime.unit_of_work(actor=MANAGER) as work:
        template = find_template(work.session, "registration-confirmed", "sms", "zh-Hans")
        assert template is not None
        with pytest.raises(Refused) as refused:
            approve_text(work, provider=kind, template_id=template.id, code="", parameters=[("a", "((nothing))")])
        assert {reason.code for reason in refused.value.reasons} == {"code", "unknown-placeholder", "not-carried"}
        parameters = [("who", "((name))((who))"), ("what", "((title))((when))"), ("where", "((place??在((place))))")]
        approve_text(work, provider=kind, template_id=template.id, code="SMS_9", parameters=parameters)
    others.registration("confirmed", others.contact(email=None))
    with _sender(runtime) as sender:
        sender.run_once()
    sent = next(message for message in messages(runtime) if message.state == "sent")
    assert (sent.cost, sent.segments) == (450 * (sent.segments or 0), sent.segments)
    assert sent.serial
    [kept] = mailbox.messages()
    assert "某某" in kept["text"]
    assert "在活动室" in kept["text"]
    assert kept["message_id"] == str(sent.message_id)


def test_beyond_the_budget_bulk_waits_and_the_rest_is_sent(
    configured: Callable[..., Runtime], clock: SettableClock, mailbox: Mailbox
) -> None:
    gateways = [{"name": "mailbox", "kind": "generic", "url": f"{mailbox.url}/sms", "price": "0.05"}]
    runtime = configured(SMS_PROVIDERS=json.dumps(gateways), SMS_BUDGET="0.05")
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None))
    with _sender(runtime) as sender:
        sender.run_once()
    person = others.contact(email=None)
    others.registration("promoted", person)
    others.registration("confirmed", person)
    others.registration("confirmed", others.contact())
    with runtime.database.writing() as session:
        session.execute(update(Message).where(Message.state == "pending", Message.lane == 1).values(lane=2))
    with _sender(runtime) as sender:
        sender.run_once()
    assert states(runtime) == {"sent": 3, "pending": 2}  # the first, the urgent SMS, the bulk mail
    assert {m.channel for m in messages(runtime) if m.state == "pending"} == {"sms"}
    with runtime.reading() as session:
        assert conservation(session).holds


def test_a_thousand_bulk_messages_do_not_keep_an_urgent_one_waiting(runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact(phone=None))
    with runtime.database.writing() as session:
        row = dict(session.execute(select(Message.__table__)).mappings().one())
        session.execute(update(Message).values(lane=2))
        copies = [{**row, "id": new_id(), "message_id": new_id(), "lane": 2} for _ in range(1000)]
        session.execute(Message.__table__.insert(), copies)  # type: ignore[attr-defined]
        session.execute(Message.__table__.insert(), [{**row, "id": new_id(), "message_id": new_id(), "lane": 1}] * 1)  # type: ignore[attr-defined]
    others.registration("promoted", others.contact(phone=None))
    lease = SendingSettings.of(runtime.settings).lease
    assert [held.lane for held in claim(runtime, "email", lease, 20)] == [0] + [1] + [2] * 5
    others.registration("promoted", others.contact(phone=None))
    assert [held.lane for held in claim(runtime, "email", lease, 20, ["urgent"])] == [0]
    assert len(claim(runtime, "email", lease, 20, ["bulk"])) == 20

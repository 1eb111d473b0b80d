"""Broadcasts: counted before, decided by two, made piece by piece, stopped while they run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from notifications.app import create_app
from notifications.broadcasts import fanning
from notifications.broadcasts.commands import approve, change_broadcast, give_back, hand_in, write_broadcast
from notifications.broadcasts.estimate import estimate
from notifications.broadcasts.fanning import fan_out
from notifications.broadcasts.four_eyes import approved_by_second_person
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.queries import progress
from notifications.broadcasts.stopping import stop
from notifications.broadcasts.trying import send_to_oneself
from notifications.messages.models import Notice
from notifications.messages.queries import conservation
from notifications.preferences.commands import unsubscribe
from notifications.sample import load
from notifications.sending.claims import claim
from notifications.sending.outcomes import Outcome
from notifications.sending.sender import Sender
from notifications.suppressions.commands import suppress
from notifications.testing.conditions import end_leases, messages, notices, states, steps
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.database.tables import AuditRow
from shared.principal import Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, sign_in

WANG = Principal(uuid4(), "王", grants=(Grant("officer", "union"),))
LI = Principal(uuid4(), "李", grants=(Grant("officer", "union"),))
ZHAO = Principal(uuid4(), "赵", grants=(Grant("officer", "women"),))
OWN = {
    "zh-Hans": {"sms": "((name))您好，明天停水。", "subject": "停水", "email": "((name))，您好：\n\n明天停水。"},
    "en": {"sms": "Dear ((name)), no water tomorrow."},
}


@pytest.fixture
def runtime(configured: Callable[..., Runtime], mailbox: Mailbox) -> Runtime:
    gateway = f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms", "price": "0.045"}}]'
    return configured(BROADCAST_APPROVAL_PEOPLE="3", SMS_PROVIDERS=gateway)


@contextmanager
def refusing(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as refused:
        yield
    assert refused.value.code == code


def _plan(people: list[UUID], **more: Any) -> dict[str, Any]:
    plan = {
        "title": "停水通知",
        "audience": {"kind": "people", "person_ids": people},
        "channels": ["sms", "email"],
        "category": "announcements",
        "texts": OWN,
    }
    return {**plan, **more}


def _written(runtime: Runtime, people: list[UUID], who: Principal = WANG, body: str = "union", **more: Any) -> UUID:
    with runtime.unit_of_work(actor=who) as work:
        return write_broadcast(work, body=body, **_plan(people, **more)).id


def _handed_in(runtime: Runtime, broadcast_id: UUID, who: Principal = WANG, people: int | None = None) -> str:
    with runtime.unit_of_work(actor=who) as work:
        return hand_in(work, broadcast_id, runtime, people=people).state


def _approved(runtime: Runtime, broadcast_id: UUID, who: Principal = LI) -> str:
    with runtime.unit_of_work(actor=who) as work:
        return approve(work, broadcast_id, runtime).state


def _stopped(runtime: Runtime, broadcast_id: UUID, who: Principal = WANG) -> str:
    with runtime.unit_of_work(actor=who) as work:
        return stop(work, broadcast_id, "钥匙找到了").state


def _until_done(runtime: Runtime) -> None:
    while fan_out(runtime):
        pass


def _state(runtime: Runtime, broadcast_id: UUID) -> str:
    with runtime.reading() as session:
        return session.get_one(Broadcast, broadcast_id).state


def test_it_says_beforehand_who_is_left_out_and_what_it_costs_and_then_does_just_that(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    plain, english = others.contact(name="张三"), others.contact(name="Ann", language="en", email=None)
    nowhere, unwilling = others.contact(phone=None, email=None), others.contact()
    bounced, stranger = others.contact(phone=None, email="gone@sample.invalid"), uuid4()
    children = [others.contact(guardians=[plain]), others.contact(guardians=[plain])]
    with runtime.unit_of_work() as work:
        unsubscribe(work, unwilling, "announcements")
        suppress(work, "email", "gone@sample.invalid", "bounced")
    everybody = [*children, plain, english, nowhere, unwilling, bounced, stranger]
    broadcast_id = _written(runtime, everybody)
    with runtime.reading() as session:
        found = estimate(session, session.get_one(Broadcast, broadcast_id), runtime)
    assert (found.people, found.reached, found.messages) == (6, 2, {"sms": 2, "email": 1})
    assert found.left_out == {"no-address": 1, "opted-out": 1, "address-suppressed": 1, "no-contact": 1}
    assert (found.segments, found.cost) == (2, 900)
    assert found.sample["sms"].text == "【党群服务中心】张三您好，明天停水。"
    assert _handed_in(runtime, broadcast_id, people=2) == "running"
    _until_done(runtime)
    assert states(runtime) == {"pending": 3}
    assert {(m.body, m.lane, m.event_type) for m in messages(runtime)} == {("union", 2, "notifications.broadcast")}
    assert _state(runtime, broadcast_id) == "running"
    sender.run_once()
    _until_done(runtime)
    assert (_state(runtime, broadcast_id), states(runtime)) == ("done", {"sent": 3})
    assert sum(message.cost or 0 for message in messages(runtime)) == found.cost
    with runtime.reading() as session:
        known = progress(session, session.get_one(Broadcast, broadcast_id))
    assert (known.people, known.left_out, known.holds, known.states) == (6, dict(found.left_out), True, {"sent": 3})


def test_above_the_limit_another_person_decides_and_the_list_is_frozen_then(runtime: Runtime, others: Others) -> None:
    people = [others.contact() for _ in range(4)]
    broadcast_id = _written(runtime, people)
    assert _handed_in(runtime, broadcast_id) == "waiting"
    assert fan_out(runtime) == 0
    for who, refusal in ((WANG, "four-eyes"), (ZHAO, "not-found")):
        with refusing(refusal):
            _approved(runtime, broadcast_id, who)
    with runtime.unit_of_work(actor=LI) as work:
        change_broadcast(work, broadcast_id, **_plan(people, title="停水"))
    assert _handed_in(runtime, broadcast_id, LI) == "waiting"
    with refusing("four-eyes"):
        _approved(runtime, broadcast_id, LI)  # who changed it last is its author
    assert _approved(runtime, broadcast_id, WANG) == "running"
    others.contact(people[0], phone=None, email=None)
    _until_done(runtime)
    assert [notice.state for notice in notices(runtime)].count("suppressed") == 1
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(Recipient)) == 4
        actions = session.scalars(select(AuditRow.action).where(AuditRow.subject == f"broadcast/{broadcast_id}"))
        assert [action.removeprefix("broadcast-") for action in actions] == [
            *("written", "handed-in", "changed", "handed-in", "approved"),
        ]


def test_one_person_with_two_accounts_is_no_second_person_and_the_database_holds_it(
    runtime: Runtime, others: Others
) -> None:
    behind, program = uuid4(), Principal(uuid4(), "报表", "token", grants=WANG.grants)
    wang, again = (Principal(uuid4(), "王", person_id=behind, grants=WANG.grants) for _ in range(2))
    broadcast_id = _written(runtime, [others.contact() for _ in range(4)], program)
    with refusing("four-eyes"):
        _handed_in(runtime, broadcast_id, program)
    assert _handed_in(runtime, broadcast_id, wang) == "waiting"
    for one in (wang, again, program):
        with refusing("four-eyes"):
            _approved(runtime, broadcast_id, one)
        with refusing("four-eyes"), runtime.unit_of_work(actor=one) as work:
            found = work.lock(Broadcast, broadcast_id)
            if one is program:
                found.handed_in_key = None
                work.session.flush()
            approved_by_second_person(work, found)
    forged = {"needs_approval": True, "state": "running", "approved_at": func.now()}
    for key in (wang.key, "token:another"):
        with pytest.raises(IntegrityError, match="second_person"), runtime.unit_of_work() as work:
            work.session.execute(update(Broadcast).values(**forged, approved_key=key))
    with runtime.unit_of_work(actor=LI) as work:
        give_back(work, broadcast_id, "再看看")
    assert _handed_in(runtime, broadcast_id, LI) == "waiting"
    assert _approved(runtime, broadcast_id, wang) == "running"


def test_who_decides_about_another_number_of_people_looks_again(runtime: Runtime, others: Others) -> None:
    people = [others.contact(), others.contact()]
    broadcast_id = _written(runtime, people)
    others.contact(people[0], phone=None, email=None)
    with refusing("audience-changed"):
        _handed_in(runtime, broadcast_id, people=2)
    assert _state(runtime, broadcast_id) == "draft"


def test_two_approvals_at_once_freeze_one_list(runtime: Runtime, others: Others) -> None:
    broadcast_id = _written(runtime, [others.contact() for _ in range(4)])
    _handed_in(runtime, broadcast_id)
    third = Principal(uuid4(), "孙", grants=(Grant("manager", "*"),))
    outcomes = at_once(*(lambda who=who: _approved(runtime, broadcast_id, who) for who in (LI, third)))
    assert sorted(outcomes) == ["broadcast-state", "running"]
    _until_done(runtime)
    assert states(runtime) == {"pending": 8}


def test_approving_and_giving_up_at_once_never_leaves_it_half_released(runtime: Runtime, others: Others) -> None:
    broadcast_id = _written(runtime, [others.contact() for _ in range(4)])
    _handed_in(runtime, broadcast_id)
    outcomes = at_once(
        lambda: _approved(runtime, broadcast_id), lambda: _stopped(runtime, broadcast_id), lambda: fan_out(runtime)
    )
    _until_done(runtime)
    assert outcomes[0] == "running"
    expected = {"stopped": ({}, {"cancelled": 8}), "broadcast-state": ({"pending": 8},)}[outcomes[1]]
    assert states(runtime) in expected
    with runtime.reading() as session:
        assert conservation(session).holds


def test_stopping_cancels_what_no_sender_has_begun_and_makes_nothing_more(
    runtime: Runtime, others: Others, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanning, "PIECE", 3)
    broadcast_id = _written(runtime, [others.contact(phone=None) for _ in range(7)], channels=["email"])
    _handed_in(runtime, broadcast_id)
    _approved(runtime, broadcast_id)
    assert (fan_out(runtime), fan_out(runtime)) == (3, 3)
    claimed = claim(runtime, "email", sender._settings.lease, 8)  # a quarter for bulk
    begun = sender._turn(None, claimed[0])
    assert begun is not None
    assert _stopped(runtime, broadcast_id) == "stopped"
    assert fan_out(runtime) == 0
    assert states(runtime) == {"sending": 1, "cancelled": 5}
    assert sender._turn(None, claimed[1]) is None
    sender._turn((begun, Outcome("later", "busy", "smtp")), None)
    sender.run_once()
    assert states(runtime) == {"expired": 1, "cancelled": 5}  # not tried again
    assert [message.maybe_sent for message in messages(runtime) if message.state == "expired"] == [False]
    with runtime.reading() as session:
        known = progress(session, session.get_one(Broadcast, broadcast_id))
    assert (known.people, known.left_out, known.to_be_made) == (7, {"broadcast-stopped": 1}, 0)
    assert (known.holds, len(steps(runtime, "cancelled"))) == (True, 5)
    with refusing("broadcast-state"):
        _stopped(runtime, broadcast_id)


def test_what_a_dead_sender_was_handing_over_when_it_was_stopped_is_said_to_have_perhaps_arrived(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    broadcast_id = _written(runtime, [others.contact(phone=None)], channels=["email"])
    assert _handed_in(runtime, broadcast_id) == "running"
    _until_done(runtime)
    [held] = claim(runtime, "email", sender._settings.lease, 8)
    begun = sender._turn(None, held)
    _stopped(runtime, broadcast_id)
    end_leases(runtime)
    sender.run_once()
    [message] = messages(runtime)
    assert (message.state, message.maybe_sent) == ("expired", True)
    assert [facts["maybe_sent"] for facts in steps(runtime, "expired")] == [True]
    sender._turn((begun, Outcome("sent", "250", "smtp")), None)
    assert len(steps(runtime, "late-sender-after-end")) == 1
    add_staff(runtime, "wang", Grant("officer", "union"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "wang")
    page = client.get(f"/messages/{message.id}").text
    assert ("may have arrived" in page, "It may have arrived all the same." in page, "maybe twice" in page) == (
        *(True, True, False),
    )
    with runtime.reading() as session:
        assert conservation(session).holds


def test_two_processes_that_fan_out_at_once_make_everything_once(
    runtime: Runtime, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanning, "PIECE", 2)
    broadcast_id = _written(runtime, [others.contact(phone=None) for _ in range(9)], channels=["email"])
    _handed_in(runtime, broadcast_id)
    _approved(runtime, broadcast_id)
    at_once(*[lambda: _until_done(runtime)] * 3)
    _until_done(runtime)
    assert states(runtime) == {"pending": 9}
    assert len({message.message_id for message in messages(runtime)}) == 9


def test_a_draft_is_tried_on_oneself_and_counted_apart(runtime: Runtime, others: Others) -> None:
    own = others.contact(name="王")
    broadcast_id = _written(runtime, [others.contact()])
    with refusing("no-own-contact"), runtime.unit_of_work(actor=WANG) as work:
        send_to_oneself(work, broadcast_id)
    linked = Principal(WANG.id, "王", person_id=own, grants=WANG.grants)
    with runtime.unit_of_work(actor=linked) as work:
        send_to_oneself(work, broadcast_id)
    assert {(message.person_id, message.state) for message in messages(runtime)} == {(own, "pending")}
    with runtime.reading() as session:
        assert progress(session, session.get_one(Broadcast, broadcast_id)).accepted == 0
        assert session.scalars(select(Notice.passes_quiet_hours)).one()


def test_members_and_the_registered_are_found_as_the_others_said(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    above, below, activity = uuid4(), uuid4(), uuid4()
    common = {"kind": "union-committee", "active": True}
    for organisation, parent, body in ((above, None, "union"), (below, above, "union")):
        names = {"name_zh": "分会", "name_en": "Branch", "organisation_id": str(organisation), "body": body}
        others.tell("membership", "organisation.changed", {**common, **names, "parent_id": parent and str(parent)})
    member, former, guest, waits = (others.contact() for _ in range(4))
    for person, end in ((member, None), (former, "2020-02-02")):
        data = {"membership_id": str(uuid4()), "person_id": str(person), "organisation_id": str(below)}
        others.tell("membership", "membership.started", {**data, "start_on": "2020-01-01", "end_on": end})
    title = {"activity_id": str(activity), "title_zh": "趣味运动会", "title_en": "Games"}
    data = {**title, "bodies": ["union"], "sessions": []}
    receive(runtime, "activities", "activity.published", activity, data)
    others.registration("confirmed", guest, activity_id=str(activity))
    others.registration("waitlisted", waits, activity_id=str(activity), waiting_number=1)
    audiences = [
        ({"kind": "organisation", "organisation_id": above}, 0),
        ({"kind": "organisation", "organisation_id": above, "below": True}, 1),
        ({"kind": "activity", "activity_id": activity}, 1),
        ({"kind": "activity", "activity_id": activity, "waiting": True}, 2),
    ]
    for audience, count in audiences:
        broadcast_id = _written(runtime, [], audience=audience)
        with runtime.reading() as session:
            assert estimate(session, session.get_one(Broadcast, broadcast_id), runtime).people == count
    with refusing("forbidden"):
        _written(runtime, [], ZHAO, "women", audience=audiences[1][0])


def test_the_sample_has_one_that_waits_and_one_to_those_on_duty(runtime: Runtime) -> None:
    for _ in range(2):
        load(runtime)
    with runtime.reading() as session:
        found = session.execute(select(Broadcast.state, Broadcast.audience, Broadcast.handed_in_by)).all()
    assert sorted((row.state, row.audience["kind"], bool(row.handed_in_by)) for row in found) == [
        *(("draft", "organisation", False), ("draft", "shift", False), ("waiting", "organisation", True)),
    ]

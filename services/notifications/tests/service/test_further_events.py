"""Events of which most rules are switched off at first: whom they concern, whose the messages are, what they say."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from notifications.messages.content import render
from notifications.messages.models import Message
from notifications.rules.commands import all_rules
from notifications.rules.models import Rule, StaffSubscription
from notifications.testing.conditions import messages, notices
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.models import Account
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff

BRANCH = uuid4()
ACTIVITY = uuid4()
DUES = {"organisation_id": str(BRANCH), "month": "2026-11", "amount": "25.00", "due_on": "2026-11-30"}
TRANSFER = {"from_organisation_id": str(BRANCH), "to_organisation_id": None, "valid_until": "2027-02-02"}
FLOATING = {"home_organisation_id": str(BRANCH), "host_organisation_id": None, "started_on": "2026-11-20"}
TITLE = {"title_zh": "读书会", "title_en": "Reading"}
EVENTS: list[tuple[str, str, dict[str, Any], str | None, bool]] = [
    # publisher, event, data beside the person, whose it is, whether it is told as planted
    ("membership", "dues.due", DUES, "party", True),
    ("membership", "dues.paid", {**DUES, "paid_on": "2026-11-22"}, "party", False),
    ("membership", "dues.reversed", {**DUES, "month": "2026-08", "due_on": "2026-08-31"}, "party", True),
    ("membership", "transfer.requested", {**TRANSFER, "state": "requested"}, "party", False),
    ("membership", "transfer.accepted", {**TRANSFER, "state": "accepted", "accepted_on": "2026-11-20"}, "party", True),
    ("membership", "transfer.returned", {**TRANSFER, "state": "withdrawn"}, "party", True),
    ("membership", "floating.registered", FLOATING, "party", False),
    ("membership", "floating.confirmed", FLOATING, "party", False),
    ("membership", "floating.closed", {**FLOATING, "ended_on": "2026-11-21"}, "party", False),
    ("membership", "development.stage-reached", {"stage": "activist", "reached_on": "2026-11-20"}, "party", False),
    ("membership", "development.review-due", {"due": "review", "due_on": "2026-12-01"}, "party", False),
    ("facilities", "booking.requested", {"resource_zh": "礼堂", "starts_at": "2026-11-25T01:00:00+00:00"}, None, False),
    ("activities", "attendance.confirmed",
     {"activity_id": str(ACTIVITY), "present": True, "minutes": 90}, None, False),
    ("welfare", "relief.submitted", {"body": "women", "amount": "2000.00"}, "women", False),
    ("welfare", "relief.reversed", {"body": "women", "amount": "-2000.00"}, "women", False),
    ("welfare", "dispute.unsettled", {"body": "union"}, "union", False),
]  # fmt: skip


def _data(name: str, data: dict[str, Any], person: UUID) -> dict[str, Any]:
    """With the person in the place where the event names them."""
    if name == "dispute.unsettled":
        return {**data, "person_ids": [str(person)]}
    if name == "development.review-due":
        return {**data, "person_id": str(uuid4()), "helpers": [str(person)]}
    return {**data, "person_id": str(person)}


def _known(runtime: Runtime, others: Others) -> None:
    others.tell("membership", "organisation.changed", {
        "organisation_id": str(BRANCH), "name_zh": "装配支部", "name_en": "Assembly branch", "body": "party",
    })  # fmt: skip
    session = {"ends_at": "2026-12-01T01:00:00+00:00"}
    receive(
        runtime, "activities", "activity.published", ACTIVITY, {**TITLE, "bodies": ["union"], "sessions": [session]}
    )


def _all_on(runtime: Runtime) -> None:
    with runtime.unit_of_work() as work:
        plain = Rule.audience == "person"
        work.session.execute(update(Rule).where(plain).values(active=True))
        work.session.execute(update(Rule).where(~plain).values(switched_on=True))


def _texts(runtime: Runtime) -> dict[UUID, str]:
    with runtime.reading() as session:
        loaded = (joinedload(Message.notice), joinedload(Message.template), joinedload(Message.contact))
        rows = session.scalars(select(Message).where(Message.channel == "sms").options(*loaded)).all()
        zone, url = runtime.settings.time_zone, runtime.settings.public_url
        return {
            row.person_id: render(row, row.contact, None, signature="中心", zone=zone, public_url=url).text
            for row in rows
            if row.contact is not None
        }


def test_each_event_concerns_its_person_in_the_words_and_the_name_of_its_owner(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _known(runtime, others)
    planted, switched = {}, {}
    for people in (planted, switched):
        for publisher, name, data, _, _ in EVENTS:
            person = people[name] = others.contact()
            others.tell(publisher, name, _data(name, data, person))
        if people is planted:
            _all_on(runtime)
    told = {one.person_id for one in messages(runtime)}
    assert {name for name, person in planted.items() if person in told} == {name for _, name, _, _, on in EVENTS if on}
    assert {name for name, person in switched.items() if len(messages(runtime, person)) == 2} == set(switched)
    owners = {one.person_id: one.body for one in notices(runtime)}
    assert [owners[switched[name]] for _, name, _, _, _ in EVENTS] == [body for _, _, _, body, _ in EVENTS]
    said = _texts(runtime)
    texts = {name: said[person] for name, person in switched.items()}
    assert "2026年11月党费25.00元已核定，请于11月30日（周一）前向所在支部交纳（装配支部）" in texts["dues.due"]
    assert "2026年8月党费的交费登记有误，已撤销，该月党费重新列为待交" in texts["dues.reversed"]
    assert "已由双方支部确认" in texts["floating.confirmed"]
    assert "已撤回，组织关系仍在原支部" in texts["transfer.returned"]
    assert "“读书会”的时长已登记：90分钟" in texts["attendance.confirmed"]
    secret = ("党", "积极分子", "发展", "考察", "救助", "困难", "调解", "2000", "activist")
    for name in ("development.stage-reached", "development.review-due", "relief.submitted", "relief.reversed",
                 "dispute.unsettled"):  # fmt: skip
        assert not [word for word in secret if word in texts[name]], name


def test_what_was_caught_up_with_in_the_records_is_no_news(runtime: Runtime, others: Others) -> None:
    person = str(others.contact())
    others.tell("membership", "dues.due", {"person_id": person, **DUES, "month": "2026-09", "due_on": "2026-09-30"})
    others.tell("membership", "transfer.accepted", {"person_id": person, **TRANSFER, "accepted_on": "2026-10-01"})
    assert [(one.state, one.reason) for one in notices(runtime)] == [("suppressed", "caught-up")] * 2


def test_those_registered_hear_of_a_changed_activity_what_their_registrations_do_not_tell(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _all_on(runtime)
    person, ends = others.contact(), (clock() + timedelta(days=3)).isoformat()
    others.registration("snapshot", person, activity_id=str(ACTIVITY), state="confirmed", waiting_number=None)
    for changes in (["times", "place"], ["words"], ["capacity", "times"]):
        data = {**TITLE, "bodies": ["union"], "sessions": [{"ends_at": ends}], "changes": changes}
        receive(runtime, "activities", "activity.changed", ACTIVITY, data)
    assert [(one.rule_key, one.person_id, one.body) for one in notices(runtime)] == [
        ("activity-changed", person, "union")
    ] * 2


def test_staff_who_subscribed_hear_what_needs_them_and_only_their_own_bodies_affairs(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _known(runtime, others)
    _all_on(runtime)
    with runtime.reading() as session:
        kinds = {rule.event_type for rule in all_rules(session) if rule.audience == "staff"}
    people = {}
    for name, body in (("wang", "party"), ("li", "union")):
        add_staff(runtime, name, Grant("viewer", body))
        people[name] = others.contact(phone=None)
        with runtime.unit_of_work() as work:
            account = work.session.scalars(select(Account).where(Account.username == name)).one()
            account.person_id = people[name]
            work.session.add_all(
                StaffSubscription(account_id=account.id, event_type=kind, since=work.now) for kind in kinds
            )
    starts = clock() + timedelta(days=2)
    times = {"when": {"from": starts.isoformat(), "to": (starts + timedelta(hours=3)).isoformat()}}
    shift = {"shift_id": str(uuid4()), "title": {"zh": "值班", "en": "Duty"}, "place": None, "body": "party", **times}
    others.tell("facilities", "shift.understaffed", {**shift, "missing": 2})
    room = {"resource_zh": "礼堂", "resource_en": "Hall", "starts_at": starts.isoformat(), "person_id": None}
    others.tell("facilities", "booking.requested", room)
    others.tell("facilities", "booking.requested", {**room, "confidential": True})
    others.tell("membership", "development.review-due", {"due_on": "2026-12-01", "helpers": []})
    cancelled = {**TITLE, "reason": "高温", "starts_at": starts.isoformat()}
    receive(runtime, "activities", "activity.cancelled", ACTIVITY, cancelled)
    told = {name: {one.rule_key for one in notices(runtime) if one.person_id == people[name]} for name in people}
    assert told == {
        "wang": {"staff-shift-understaffed", "staff-booking-requested", "staff-development-review-due"},
        "li": {"staff-booking-requested", "staff-activity-cancelled"},
    }
    assert len([one for one in notices(runtime) if one.rule_key == "staff-booking-requested"]) == 2

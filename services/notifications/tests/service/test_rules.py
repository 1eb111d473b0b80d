"""Rules as staff make them: audiences, conditions, switching, dry runs, and what is missing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from notifications import sample
from notifications.app import create_app
from notifications.messages.models import MessageStep
from notifications.rules.audiences import subscribers
from notifications.rules.checking import RuleText
from notifications.rules.commands import all_rules, make_rule, subscribe, switch_rule
from notifications.rules.conditions import Condition
from notifications.rules.coverage import coverage
from notifications.rules.dry_run import dry_run
from notifications.rules.models import Rule
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.service import SERVICE
from notifications.testing.conditions import messages, notices, steps
from notifications.testing.others import Others
from notifications.wording.approvals import ANY_TEXT, Demands
from notifications.wording.queries import find_draft
from shared.database.tables import AuditRow, OutboxRow
from shared.principal import Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.staff.models import Account
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, bearer, form_fields, sign_in

CONFIRMED = "activities.registration.confirmed"
STARTED = "membership.membership.started"
MANAGER = Principal(uuid4(), "王某", grants=(Grant("manager", "*"),))


def _text(event_type: str = CONFIRMED, **more: Any) -> RuleText:
    values = {"template_key": "registration-confirmed", "channels": ("sms",), "lane": "normal", "category": "affairs",
              "passes_quiet_hours": False, "fresh_hours": 48, "longest_hours": 72, **more}  # fmt: skip
    return RuleText(event_type=event_type, **values)


def _rule(runtime: Runtime, text: RuleText, *, on: bool = True, key: str = "试验") -> UUID:
    with runtime.unit_of_work(actor=MANAGER) as work:
        rule = make_rule(work, SERVICE, key, text)
        if on:
            switch_rule(work, rule.id, version=1, on=True, reason="试一试")
        return rule.id


def _only(runtime: Runtime, key: str) -> None:
    """Switch all other rules off."""
    with runtime.unit_of_work() as work:
        work.session.execute(update(Rule).where(Rule.key != key).values(active=False, switched_on=False))


def _join(others: Others, clock: SettableClock, organisation: UUID, person: UUID, body: str | None = "party") -> None:
    today = clock().date()
    data = {"membership_id": str(uuid4()), "person_id": str(person), "organisation_id": str(organisation)}
    others.tell("membership", "membership.started", {**data, "body": body, "start_on": today.isoformat()})


def test_a_rule_tells_the_members_of_an_organisation_when_its_conditions_hold(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    organisation = uuid4()
    named = {"organisation_id": str(organisation), "name_zh": "装配支部", "name_en": "Assembly branch"}
    others.tell("membership", "organisation.changed", named)
    members = [others.contact(), others.contact()]
    for person in members:
        _join(others, clock, organisation, person)
    text = _text(audience="members", organisation_id=organisation, conditions=(Condition("title_zh", "is", "党课"),))
    _rule(runtime, text)
    _only(runtime, "试验")
    others.registration("confirmed", others.contact(), title_zh="读书会")
    others.registration("confirmed", others.contact(), title_zh="党课")
    told = [notice.person_id for notice in notices(runtime) if notice.rule_key == "试验"]
    assert sorted(told) == sorted(members)


def test_staff_hear_of_what_they_subscribed_to_and_of_nothing_that_another_body_owns(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    organisation, people = uuid4(), {}
    for name, body in (("wang", "party"), ("li", "union"), ("zhao", "*")):
        add_staff(runtime, name, Grant("viewer", body))
        people[name] = others.contact(phone=None)
        with runtime.unit_of_work() as work:
            account = work.session.scalars(select(Account).where(Account.username == name)).one()
            account.person_id = people[name]
            work.actor = account.principal()
            if name != "zhao":
                subscribe(work, [STARTED, "welfare.relief.paid"], [STARTED])
    _join(others, clock, organisation, others.contact(phone=None, email=None))
    told = {notice.person_id for notice in notices(runtime) if notice.rule_key == "staff-membership-started"}
    assert told == {people["wang"]}


def test_the_release_before_sees_a_rule_that_it_does_not_understand_as_switched_off(runtime: Runtime) -> None:
    for number, (text, plain) in enumerate([
        (_text(), True),
        (_text("activities.registration.cancelled", conditions=(Condition("was", "is", "confirmed"),)), True),
        (_text("activities.registration.cancelled", conditions=(Condition("was", "is-not", "confirmed"),)), False),
        (_text(audience="staff"), False),
    ]):  # fmt: skip
        rule_id = _rule(runtime, text, key=f"规则{number}")
        with runtime.reading() as session:
            rule = session.get_one(Rule, rule_id)
            assert (rule.active, rule.switched_on, rule.in_use) == (plain, not plain, True)
            assert tuple(rule.all_conditions()) == text.conditions


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"event_type": "activities.registration.invented"}, "event_type"),
        ({"conditions": (Condition("secret", "is", "x"),)}, "conditions"),
        ({"conditions": (Condition("starts_at", "is", "soon"),)}, "conditions"),
        ({"audience": "members"}, "organisation_id"),
        ({"audience": "members", "organisation_id": uuid4()}, "organisation_id"),
        ({"audience": "everybody"}, "audience"),
        ({"audience": "shift"}, "audience"),
        ({"event_type": "membership.dues.due", "audience": "on-duty"}, "audience"),
        ({"event_type": "welfare.talk.scheduled", "audience": "members", "organisation_id": uuid4()}, "audience"),
        ({"event_type": "membership.development.review-due", "audience": "on-duty"}, "audience"),
        ({"template_key": "a/b"}, "template_key"),
        ({"template_key": "membership-started"}, "template_key"),
        ({"channels": ()}, "channels"),
        ({"fresh_hours": 0}, "fresh_hours"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_field(runtime: Runtime, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused, runtime.unit_of_work(actor=MANAGER) as work:
        make_rule(work, SERVICE, "试验", _text(**more))
    assert field in [reason.field for reason in refused.value.reasons]


def test_a_rule_is_switched_on_with_a_reason_and_not_before_it_has_words(runtime: Runtime) -> None:
    rule_id = _rule(runtime, _text(template_key="新模板", channels=("sms", "email")), on=False)
    client = create_app(runtime).test_client()
    add_staff(runtime, "wang", Grant("manager", "*"), language="en")
    sign_in(client, "wang")
    fields = form_fields(client, f"/rules/{rule_id}/on")
    assert client.post(f"/rules/{rule_id}/on", data=fields).status_code == 422
    refused = client.post(f"/rules/{rule_id}/on", data={**fields, "reason": "now"})
    assert "No text is published for: sms, email" in refused.text
    assert client.get("/templates/新模板/sms/zh-Hans").status_code == 200
    with runtime.reading() as session:
        listed = {line.key: line for line in coverage(session, SERVICE, ANY_TEXT)}
        assert [cell.state for cell in listed["新模板" if "新模板" in listed else "试验"].cells] == ["missing"] * 4
        assert listed["registration-confirmed"].complete
        unapproved = coverage(session, SERVICE, Demands(("ali",), free=False))
        assert {cell.state for line in unapproved for cell in line.cells if cell.channel == "sms"} == {
            "unapproved", "missing", "unused"
        }  # fmt: skip
    assert client.get("/coverage").text.count("Write it") == 4
    rule = next(one for one in _rules(runtime) if one.key == "registration-confirmed")
    fields = form_fields(client, f"/rules/{rule.id}/off")
    assert client.post(f"/rules/{rule.id}/off", data={**fields, "reason": "summer break"}).status_code == 303
    assert "summer break" in client.get(f"/rules/{rule.id}").text
    with runtime.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "rule-switched-off")).one()
    assert row.facts["reason"] == "summer break"


def _rules(runtime: Runtime) -> list[Rule]:
    with runtime.reading() as session:
        return list(all_rules(session))


def test_a_dry_run_says_who_how_many_what_cost_and_who_not_and_writes_nothing(runtime: Runtime, others: Others) -> None:
    guardian = others.contact(name="家长某")
    child = others.contact(name="孩子某", phone=None, email=None, guardians=[guardian])
    silent, unknown = others.contact(phone=None, email=None), uuid4()
    for person in (child, silent, unknown, others.contact(email=None)):
        others.registration("confirmed", person)
    others.registration("confirmed", others.contact(), title_zh="别的")
    before = _rows(runtime)
    with runtime.reading() as session:
        rule = next(one for one in all_rules(session) if one.key == "registration-confirmed")
        whole = dry_run(runtime, session, rule)
        narrowed = Rule(**_text(conditions=(Condition("title_zh", "is-not", "别的"),)).columns({}), id=uuid4(),
                        key="-", active=True, switched_on=False, version=0)  # fmt: skip
        part = dry_run(runtime, session, narrowed)
    assert (whole.events, whole.fitting, len(whole.people), dict(whole.messages)) == (5, 5, 3, {"sms": 3, "email": 2})
    assert (whole.left_out["no-address"], whole.left_out["no-contact"]) == (2, 1)
    assert (part.events, part.fitting, dict(part.messages)) == (5, 4, {"sms": 2})
    assert part.segments == sum(line.segments for line in part.lines) > 0
    assert _rows(runtime) == before
    made = [message for message in messages(runtime) if message.channel == "sms"]
    assert len(made) == whole.messages["sms"]


def _rows(runtime: Runtime) -> tuple[int, ...]:
    with runtime.reading() as session:
        steps = session.scalar(select(func.count()).select_from(MessageStep)) or 0
        outbox = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
        audit = session.scalar(select(func.count()).select_from(AuditRow)) or 0
    return len(messages(runtime)), len(notices(runtime)), steps, outbox, audit, len(recorded(runtime))


def test_pages_make_try_and_change_a_rule(runtime: Runtime, others: Others) -> None:
    client: FlaskClient = create_app(runtime).test_client()
    add_staff(runtime, "wang", Grant("manager", "*"), language="en")
    sign_in(client, "wang")
    others.registration("confirmed", others.contact(name="欧阳某", email=None))
    assert CONFIRMED in client.get("/rules/new").text
    url = f"/rules/new?event={CONFIRMED}"
    typed = {
        **form_fields(client, url), "key": "夏令营", "template_key": "registration-confirmed",
        "condition_0-field": "title_zh", "condition_0-comparison": "is", "condition_0-value": "小候鸟暑期班",
    }  # fmt: skip
    tried = client.post(url, data={**typed, "try": "1"})
    assert (tried.status_code, "欧阳某" in tried.text) == (200, True)
    assert len(_rules(runtime)) == len({rule.key for rule in _rules(runtime)} - {"夏令营"})
    wrong = client.post(url, data={**typed, "condition_0-comparison": "at-least"})
    assert "cannot be compared in this way" in wrong.text
    assert client.post(url, data=typed).status_code == 303
    rule = next(one for one in _rules(runtime) if one.key == "夏令营")
    assert (rule.in_use, rule.version) == (False, 1)
    assert "欧阳某" in client.get(f"/rules/{rule.id}/dry-run").text
    assert "欧阳某" in client.get(f"/rules/{rule.id}/dry-run?export=csv").text
    edit = f"/rules/{rule.id}/edit"
    fields = form_fields(client, edit)
    assert fields["condition_0-value"] == "小候鸟暑期班"
    assert client.post(edit, data={**fields, "lane": "urgent"}).status_code == 303
    late = {**form_fields(client, edit), "version": fields["version"], "lane": "bulk"}
    answer = client.post(edit, data={**late, "condition_0-value": "夏令营"})
    assert (answer.status_code, answer.text.count('type="radio"')) == (409, 4), "lane and condition differ, no more"
    assert " · is · 夏令营" in answer.text
    headers = bearer(runtime, Grant("manager", "*"))
    answer = client.post(f"/api/v1/rules/{rule.id}/switch", json={"on": True, "reason": "ready"}, headers=headers)
    assert (answer.status_code, answer.json["active"]) == (200, True)
    figures = client.get(f"/api/v1/rules/{rule.id}/dry-run", headers=headers).json
    assert (figures["people"], figures["messages"]) == (1, {"sms": 1})
    data = {
        "key": "又一条", "event_type": STARTED, "template_key": "membership-started", "channels": ["sms"],
        "lane": "bulk", "passes_quiet_hours": False, "fresh_hours": 1, "longest_hours": 1, "audience": "members",
    }  # fmt: skip
    made = client.post("/api/v1/rules", json=data, headers=headers)
    assert (made.status_code, made.json["active"]) == (201, False)
    chosen = client.post("/my-notices/", data={**form_fields(client, "/my-notices/"), "event": [STARTED]})
    assert chosen.status_code == 303
    assert "checked" in client.get("/my-notices/").text


def test_a_rule_passes_the_quiet_hours_for_a_reason_that_stands_with_each_message_that_passes(
    configured: Callable[..., Runtime], clock: SettableClock
) -> None:
    runtime = configured(QUIET_HOURS="00:00-23:59")
    with pytest.raises(Refused) as refused:
        _rule(runtime, _text(passes_quiet_hours=True))
    assert [one.field for one in refused.value.reasons] == ["passes_reason"]
    with runtime.reading() as session:
        rule = next(one for one in all_rules(session) if one.key == "registration-confirmed")
    url, headers = f"/api/v1/rules/{rule.id}", bearer(runtime, Grant("manager", "*"))
    client = create_app(runtime).test_client()
    given = {"channels": ["sms"], "lane": "normal", "passes_quiet_hours": True, "fresh_hours": 48, "longest_hours": 72,
             "active": True}  # fmt: skip
    answer = client.put(url, json=given, headers={**headers, "If-Match": '"1"'})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["passes_reason"])
    answer = client.put(url, json={**given, "passes_reason": " 次日 清晨出发 "}, headers={**headers, "If-Match": '"1"'})
    assert (answer.status_code, answer.json["passes_reason"]) == (200, "次日 清晨出发")
    kept = client.put(url, json=given, headers={**headers, "If-Match": '"2"'})
    assert kept.json["passes_reason"] == "次日 清晨出发"
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None))
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    sender.run_once()
    sender.close()
    [passed] = steps(runtime, "although-quiet")
    assert (passed["reason"], passed["because"]) == ("rule", "次日 清晨出发")
    add_staff(runtime, "wang", Grant("manager", "*"))
    sign_in(client, "wang")
    assert "次日 清晨出发" in client.get(f"/messages/{messages(runtime)[0].id}").text
    assert "次日 清晨出发" in client.get(f"/rules/{rule.id}").text


def test_an_administrator_says_which_person_is_behind_an_account(runtime: Runtime, others: Others) -> None:
    person = others.contact(phone="+8610000000123")
    others.contact(email="two@sample.invalid")
    others.contact(email="two@sample.invalid")
    add_staff(runtime, "admin", Grant("admin", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "admin")
    for address, answer in (("nobody@sample.invalid", "Nobody has"), ("two@sample.invalid", "More than one")):
        page = client.post("/my-notices/people", data={**form_fields(client, "/my-notices/people"), "address": address})
        assert (page.status_code, answer in page.text) == (422, True)
    for address, expected in (("100 0000 0123", person), ("", None)):
        fields = {**form_fields(client, "/my-notices/people"), "address": address}
        assert client.post("/my-notices/people", data=fields).status_code == 303
        with runtime.reading() as session:
            assert session.scalars(select(Account.person_id).where(Account.username == "admin")).one() == expected


def test_the_sample_has_a_draft_and_somebody_with_notices(runtime: Runtime) -> None:
    for _ in range(2):
        sample.load(runtime)
    with runtime.reading() as session:
        assert find_draft(session, *sample.DRAFTED) is not None
        account = session.scalars(select(Account).where(Account.username == "approver")).one()
        assert subscribers(session, "facilities.booking.confirmed", None) == [account.person_id]

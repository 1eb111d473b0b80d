"""Why somebody got something, or nothing: answers from kept events and rules, for who may see them."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from notifications.app import create_app
from notifications.asking.queries import Answer, Asking
from notifications.preferences.commands import unsubscribe
from notifications.rules.models import Rule
from notifications.testing.conditions import notices
from notifications.testing.others import Others
from shared.database.tables import InboxRow
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, sign_in

EVERYBODY = Principal(None, "王", grants=(Grant("viewer", "*"),))
WOMEN = Principal(None, "赵", grants=(Grant("viewer", "women"),))


def _of_event(runtime: Runtime, person: UUID, event_id: UUID, who: Principal = EVERYBODY) -> list[str]:
    with runtime.reading() as session:
        [answer] = Asking(runtime, session, who, person).of_event(event_id)
        return [said.text % said.facts for said in answer.said]


def _of_span(runtime: Runtime, person: UUID, who: Principal = EVERYBODY) -> list[Answer]:
    now = runtime.clock()
    with runtime.reading() as session:
        return Asking(runtime, session, who, person).of_span(now - timedelta(days=1), now + timedelta(minutes=1))


def _rules(runtime: Runtime, **values: object) -> None:
    with runtime.database.writing() as session:
        session.execute(update(Rule).where(Rule.event_type == "activities.registration.confirmed").values(**values))


def test_what_was_told_is_said_with_its_messages_and_what_was_not_wanted_with_its_reason(
    runtime: Runtime, others: Others
) -> None:
    person = others.contact()
    told = others.registration("confirmed", person)
    assert _of_event(runtime, person, told.id) == [
        "The rule “registration-confirmed” applied: queued", "sms: pending", "email: pending",
    ]  # fmt: skip
    with runtime.unit_of_work() as work:
        unsubscribe(work, person, "waiting")
    unwanted = others.registration("waitlisted", person, waiting_number=1)
    assert _of_event(runtime, person, unwanted.id)[0].endswith("applied: suppressed")
    assert [len(one.said) for one in _of_span(runtime, person)] == [1, 3]


def test_a_rule_that_was_off_or_did_not_fit_or_told_others_says_so(runtime: Runtime, others: Others) -> None:
    person, other = others.contact(), others.contact()
    _rules(runtime, active=False, reason="试运行结束")
    off = others.registration("confirmed", person)
    assert _of_event(runtime, person, off.id) == ["The rule “registration-confirmed” is switched off: 试运行结束"]
    _rules(runtime, active=True, condition={"title": "夏令营"})
    unfit = others.registration("confirmed", person)
    [said] = _of_event(runtime, person, unfit.id)
    assert said.startswith("The rule “registration-confirmed” tells only when: (Condition(field='title'")
    _rules(runtime, condition={})
    fits = others.registration("confirmed", other)
    assert _of_event(runtime, person, fits.id) == [
        "The event concerns somebody else.",
        "The rule “registration-confirmed” tells others: person. This person is not among them as things stand now.",
    ]
    assert len(_of_span(runtime, person)) == 2


def test_an_event_that_waits_or_never_came_is_told_apart_from_a_rule_made_later(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person = others.contact()
    _rules(runtime, active=False)
    early = others.registration("confirmed", person)
    clock.advance(hours=1)
    _rules(runtime, active=True, updated_at=clock())
    assert "made or changed on" in _of_event(runtime, person, early.id)[0]
    with runtime.database.writing() as session:
        session.execute(update(InboxRow).values(status="attention"))
    assert "needs attention" in _of_event(runtime, person, early.id)[0]
    assert _of_event(runtime, person, uuid4()) == ["No event with this number came in, or it is not yours to see."]
    with runtime.database.writing() as session:
        session.execute(update(InboxRow).values(status="done", body=None))
    assert "not kept any more" in _of_event(runtime, person, early.id)[0]


def test_welfare_of_another_body_is_answered_as_if_it_had_never_come(runtime: Runtime, others: Others) -> None:
    person = others.contact()
    data = {"relief_id": str(uuid4()), "person_id": str(person), "body": "union"}
    event = others.tell("welfare", "relief.paid", data)
    nothing = _of_event(runtime, person, uuid4(), WOMEN)
    assert _of_event(runtime, person, event.id)[0].startswith("The rule")
    assert _of_event(runtime, person, event.id, WOMEN) == nothing
    assert _of_span(runtime, person, WOMEN) == []
    with runtime.database.writing() as session:
        session.execute(update(InboxRow).values(body=None))
    assert _of_event(runtime, person, event.id, WOMEN) == nothing


def test_the_page_finds_the_person_and_answers_with_links(runtime: Runtime, others: Others) -> None:
    person = others.contact(name="欧阳某", phone="+8613800001234")
    told = others.registration("confirmed", person)
    add_staff(runtime, "li", Grant("manager", "union"))
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    for asked in ("欧阳", "13800001234", str(person)):
        found = client.get("/people/", query_string={"q": asked}).text
        assert (f"/people/{person}" in found, "138••••1234" in found, "13800001234</" in found) == (True, True, False)
    page = client.get(f"/people/{person}?event={told.id}").text
    assert f"/held-back/{notices(runtime)[0].id}" in page
    assert page.count("/messages/") >= 2
    assert f"/people/{person}" in client.get(f"/people/{person}?since=2026-07-01&until=x").text
    assert "no number of an event" in client.get(f"/people/{person}?event=abc").text
    assert client.get(f"/people/{uuid4()}").status_code == 404

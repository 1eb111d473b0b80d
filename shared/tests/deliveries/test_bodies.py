"""Whose an event is decides who reads more of it than that it happened."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from shared.database.tables import InboxRow, OutboxRow
from shared.deliveries.bodies import bodies_told, error_shown, oversees
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.web import form_fields

SignedIn = Callable[..., FlaskClient]
Stored = Callable[[UUID], InboxRow]
WOMEN, UNION = (Principal(new_id(), body, grants=(Grant("manager", body),)) for body in ("women", "union"))


def sent(body: str | None) -> OutboxRow:
    return OutboxRow(body=body)


@pytest.mark.parametrize(
    ("body", "bodies"),
    [
        ('{"data": {"body": "union"}}', {"union"}),
        ('{"data": {"bodies": ["union", "women"]}}', {"union", "women"}),
        ('{"data": {"body": "*"}}', set()),
        ('{"data": {"body": ["union"], "bodies": "union"}}', set()),
        ('{"data": {}}', set()),
        ('{"data": []}', set()),
        ("cut off", set()),
        (None, set()),
    ],
)
def test_an_event_names_its_bodies(body: str | None, bodies: set[str]) -> None:
    assert bodies_told(sent(body)) == bodies


def test_an_event_of_no_known_body_is_for_those_who_look_after_all() -> None:
    everybody = Principal(new_id(), "all", grants=(Grant("manager", "*"),))
    for who, named, allowed in (
        (WOMEN, {"union"}, False),
        (UNION, {"union"}, True),
        (WOMEN, {"union", "women"}, True),
        (WOMEN, set(), False),
        (everybody, set(), True),
        (everybody, {"union"}, True),
    ):
        assert oversees(who, "manager", frozenset(named)) is allowed
    assert not oversees(everybody, "admin", frozenset({"union"}))


def test_of_an_error_only_its_kind_is_told_to_others() -> None:
    assert error_shown("ValueError: Wang's phone", False) == "ValueError"
    assert error_shown("ValueError: Wang's phone", True) == "ValueError: Wang's phone"
    assert error_shown(None, False) is None


@pytest.fixture
def failed_event_of_the_union(
    reader: Runtime, arrive: Callable[..., Envelope], fail_for_good: Callable[[], None], stored: Stored
) -> Envelope:
    """An event of the union's that failed for good, and one that it led to, which names no body itself."""
    made = arrive("poison")
    fail_for_good()
    with reader.unit_of_work(correlation_id=made.correlationid) as work:
        row = work.session.get_one(InboxRow, stored(made.id).id)
        content = json.loads(row.body or "")
        content["data"]["body"] = "union"
        row.body = json.dumps(content)
        work.session.add(
            OutboxRow(
                event_id=new_id(),
                exchange="reader.events",
                routing_key="reader.note.answered.v1",
                type="org.yizhan.reader.note.answered.v1",
                subject=f"note/{new_id()}",
                subjectversion=1,
                correlation_id=str(made.correlationid),
                causation_id=str(made.id),
                body='{"data": {"phone": "13800138000"}}',
                recorded_at=work.now,
            )
        )
    return made


def test_managers_of_another_body_see_that_it_happened_and_no_more(
    signed_in: SignedIn, failed_event_of_the_union: Envelope
) -> None:
    made = failed_event_of_the_union
    own, other = signed_in(body="union"), signed_in(body="women")
    page, request = f"/deliveries/events/{made.id}", f"/deliveries/requests/{made.correlationid}"
    secrets = ("this one cannot be handled", "note.answered", f"{page}/skip")
    assert all(secret in own.get(page).text for secret in secrets)
    shown = other.get(page).text
    assert "RuntimeError" in shown
    assert "for managers of its body" in shown
    assert not any(secret in shown for secret in secrets)
    assert "note.answered" in own.get(request).text
    assert "note.answered" not in other.get(request).text
    assert "this one cannot be handled" not in other.get("/deliveries/?kind=attention").text
    assert other.get(f"/deliveries/?kind=published&correlation={made.correlationid}").location.endswith(request)
    for client, found in ((own, False), (other, False), (signed_in(), True)):
        listed = client.get(f"/deliveries/?kind=unpublished&q={made.correlationid}").text
        assert ('class="event"' in listed) is found
    assert other.get(f"{page}/skip").status_code == 403
    skip = other.post(f"{page}/skip", data={**form_fields(other, "/deliveries/ask"), "reason": "x"})
    assert skip.status_code == 403


def test_content_is_for_administrators_of_the_body_that_the_event_names_itself(
    signed_in: SignedIn, failed_event_of_the_union: Envelope, reader: Runtime
) -> None:
    with reader.reading() as session:
        answer = session.query(OutboxRow).filter(OutboxRow.causation_id == str(failed_event_of_the_union.id)).one()
    own, other, everybody = (signed_in("admin", body=body) for body in ("union", "women", "*"))
    named, nameless = (f"/deliveries/events/{number}" for number in (failed_event_of_the_union.id, answer.event_id))
    for client, page, allowed in (
        (own, named, True),
        (other, named, False),
        (everybody, named, True),
        (own, nameless, False),
        (other, nameless, False),
        (everybody, nameless, True),
    ):
        assert client.get(f"{page}/content").status_code == (200 if allowed else 403)
        assert (f"{page}/content" in client.get(page).text) is allowed
    assert other.get("/deliveries/refused/1/content").status_code == 403
    assert everybody.get("/deliveries/refused/1/content").status_code == 404

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from shared.database.tables import AuditRow, InboxRow, OutboxRow, RefusedMessage
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, form_fields, sign_in

SUBJECT = "person/0192f0c1-0000-7000-8000-000000000001"


def received(
    runtime: Runtime, version: int, status: str = "waiting", attempts: int = 0, error: str | None = None
) -> int:
    with runtime.unit_of_work() as work:
        row = InboxRow(
            source="/services/membership",
            event_id=new_id(),
            type="org.yizhan.membership.person.registered.v1",
            subject=SUBJECT,
            subjectversion=version,
            digest=b"d" * 32,
            body="{}",
            queue="demo.membership-events",
            received_at=work.now - timedelta(minutes=5),
            status=status,
            attempts=attempts,
            next_attempt_at=work.now + timedelta(minutes=5),
            error=error,
        )
        work.session.add(row)
        work.session.flush()
        return row.id


@pytest.fixture
def stuck(runtime: Runtime) -> int:
    row_id = received(runtime, 1, "attention", 10, "LookupError: no such person")
    received(runtime, 2)
    received(runtime, 3)
    return row_id


def stored(runtime: Runtime, row_id: int) -> InboxRow:
    with runtime.reading() as session:
        row = session.get(InboxRow, row_id)
        assert row is not None
        return row


def audited(runtime: Runtime) -> list[tuple[str, Any]]:
    with runtime.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action.like("event%") | AuditRow.action.like("refus%")))
        return [(row.action, row.facts) for row in rows]


def test_what_needs_a_person_is_shown_with_its_error_and_what_waits(admin: FlaskClient, stuck: int) -> None:
    page = admin.get("/deliveries/").text
    assert "Some events need somebody to decide." in page
    assert "LookupError: no such person" in page
    assert '<td class="number">10</td>' in page
    assert '<td class="number">2</td>' in page
    assert "membership · person.registered" in admin.get(f"/deliveries/{stuck}").text


def test_retry_makes_it_due_at_once_and_is_audited(admin: FlaskClient, stuck: int, runtime: Runtime) -> None:
    fields = form_fields(admin, f"/deliveries/{stuck}")
    answer = admin.post(f"/deliveries/{stuck}/retry", data=fields, follow_redirects=True)
    assert "It is tried again now." in answer.text
    row = stored(runtime, stuck)
    assert (row.status, row.attempts, row.next_attempt_at) == ("waiting", 0, runtime.clock())
    assert [action for action, _ in audited(runtime)] == ["event-retried"]


def test_skip_asks_for_a_reason_and_says_what_then_happens(admin: FlaskClient, stuck: int, runtime: Runtime) -> None:
    url = f"/deliveries/{stuck}/skip"
    assert "2 later events of the same subject go on." in admin.get(url).text
    fields = form_fields(admin, url)
    assert admin.post(url, data={**fields, "reason": " "}).status_code == 422
    assert stored(runtime, stuck).status == "attention"
    done = admin.post(url, data={**fields, "reason": "the person was registered twice"}, follow_redirects=True)
    assert "what waited behind it goes on" in done.text
    assert stored(runtime, stuck).status == "skipped"
    [(action, facts)] = audited(runtime)
    assert (action, facts["reason"]) == ("event-skipped", "the person was registered twice")
    assert "the person was registered twice" in admin.get(f"/deliveries/{stuck}").text


def test_what_is_done_cannot_be_decided_again(admin: FlaskClient, runtime: Runtime, stuck: int) -> None:
    done = received(runtime, 9, "done")
    fields = form_fields(admin, f"/deliveries/{stuck}")
    answer = admin.post(f"/deliveries/{done}/retry", data=fields, follow_redirects=True)
    assert "nothing to decide" in answer.text
    assert admin.get("/deliveries/999999").status_code == 404


def test_unrouted_events_are_published_again(admin: FlaskClient, bearer: dict[str, str], runtime: Runtime) -> None:
    admin.post("/things/new", data={**form_fields(admin, "/things/new"), "name": "Chess"})
    with runtime.unit_of_work() as work:
        [row] = work.session.scalars(select(OutboxRow)).all()
        row.unrouted_at = work.now
    url = "/deliveries/?kind=unrouted"
    assert "demo.events" in admin.get(url).text
    answer = admin.post(
        "/deliveries/unrouted/resend", data=form_fields(admin, url) | {"id": row.id}, follow_redirects=True
    )
    assert "1 event is published again." in answer.text
    with runtime.reading() as session:
        assert session.scalars(select(OutboxRow.unrouted_at)).all() == [None]


def test_refused_messages_are_noted_and_kept(admin: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work() as work:
        row = RefusedMessage(
            queue="demo.membership-events",
            received_at=work.now,
            reason="malformed",
            detail="not <JSON>",
            headers={},
            body=b"x",
            size=1,
        )
        work.session.add(row)
    url = "/deliveries/?kind=refused"
    assert "not &lt;JSON&gt;" in admin.get(url).text
    admin.post("/deliveries/refused/noted", data=form_fields(admin, url))
    assert "Nothing was refused." in admin.get(url).text
    with runtime.reading() as session:
        assert session.scalars(select(RefusedMessage.reason)).all() == ["malformed"]


def test_the_page_is_for_managers(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("officer", "*"))
    sign_in(client, "li")
    assert client.get("/deliveries/").status_code == 403
    assert "Event deliveries" not in client.get("/things/").text

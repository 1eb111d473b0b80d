"""The pages: what a manager finds, reads and decides, in both languages."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from shared.database.tables import AuditRow, InboxRow, OutboxRow, RefusedMessage
from shared.deliveries.kinds import KINDS
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.delivery import work_off
from shared.testing.web import form_fields

Arrive = Callable[..., Envelope]
Stored = Callable[[UUID], InboxRow]
FailForGood = Callable[[], None]
SignedIn = Callable[..., FlaskClient]


def kept_as_unrouted(reader: Runtime, because: str | None) -> Any:
    """An event of the reader's own, a request, that no queue took."""
    with reader.unit_of_work() as work:
        row = OutboxRow(
            event_id=new_id(),
            exchange="publisher.requests",
            routing_key="reader.snapshot.requested.v1",
            type="org.yizhan.reader.snapshot.requested.v1",
            subject=f"snapshot-request/{new_id()}",
            subjectversion=1,
            correlation_id=work.correlation_id,
            body="{}",
            recorded_at=work.now,
            unrouted_at=work.now,
            unrouted_because=because,
        )
        work.session.add(row)
    return row.event_id


def refused(reader: Runtime, reason: str = "not-json", body: bytes = b"not <JSON>") -> int:
    with reader.unit_of_work() as work:
        row = RefusedMessage(
            queue="reader.publisher-events",
            received_at=work.now,
            reason=reason,
            detail="the body is not <JSON>",
            type="org.yizhan.publisher.thing.named.v1",
            headers={"x-sender": "<b>"},
            body=body[:64],
            size=len(body),
        )
        work.session.add(row)
        work.session.flush()
        return row.id


def test_what_needs_a_person_comes_first_with_its_error_and_what_waits(
    manager: FlaskClient, arrive: Arrive, fail_for_good: FailForGood
) -> None:
    thing = new_id()
    arrive("poison", thing)
    arrive("two", thing)
    arrive("three", thing)
    fail_for_good()
    page = manager.get("/deliveries/").text
    assert "Some events need somebody to decide." in page
    assert "RuntimeError: this one cannot be handled" in page
    assert 'data-label="Attempts">10</td>' in page
    assert 'data-label="Waiting behind it">2</td>' in page


def test_everything_is_well(manager: FlaskClient, arrive: Arrive) -> None:
    arrive()
    page = manager.get("/deliveries/").text
    assert "Everything has been delivered." in page
    assert "No event needs attention." in page
    assert "publisher · thing.named" in manager.get("/deliveries/?kind=handled").text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_list_is_there_in_both_languages_empty_and_searched(signed_in: SignedIn, language: str) -> None:
    manager = signed_in(language=language)
    everything = "&q=x&publisher=publisher&type=t&since=2026-11-01&until=yesterday&error=a&cursor=%ff&subject=a"
    for kind in (*KINDS, "odd"):
        for search in ("", everything):
            assert manager.get(f"/deliveries/?kind={kind}{search}").status_code == 200


def test_the_same_failure_of_many_is_retried_after_one_question(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood
) -> None:
    poisoned = [arrive("poison") for _ in range(3)]
    fail_for_good()
    page = manager.get("/deliveries/").text
    assert "3 events fail with this" in page
    [question] = set(re.findall(r'href="(/deliveries/retry/\w+)"', page))
    asked = manager.get(question).text
    assert "Retry 3 events?" in asked
    assert "They concern 3 subjects" in asked
    fields = form_fields(manager, question)
    done = manager.post(question, data={**fields, "reason": "mended"}, follow_redirects=True)
    assert "3 events are tried again now." in done.text
    assert {stored(each.id).attempts for each in poisoned} == {0}
    again = {**form_fields(manager, "/deliveries/ask"), "reason": "me too"}
    assert "somebody else was faster" in manager.post(question, data=again, follow_redirects=True).text
    assert "somebody else was faster" in manager.get(question, follow_redirects=True).text


def test_a_form_that_is_sent_twice_is_carried_out_once(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood, reader: Runtime
) -> None:
    sick = arrive("poison")
    fail_for_good()
    url = f"/deliveries/events/{sick.id}"
    fields = form_fields(manager, url)
    for _ in range(2):
        manager.post(f"{url}/retry", data=fields)
    with reader.reading() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "event-retried")).all()) == 1


def test_chosen_events_are_retried_and_the_list_keeps_its_filters(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood
) -> None:
    first, second = arrive("poison"), arrive("poison")
    fail_for_good()
    url = "/deliveries/?kind=attention&type=org.yizhan.publisher.thing.named.v1"
    fields = form_fields(manager, url)
    answer = manager.post("/deliveries/retry", data={**fields, "id": stored(first.id).id})
    assert answer.location.endswith(url.replace(".v1", ".v1")) or "type=org.yizhan" in answer.location
    assert (stored(first.id).status, stored(second.id).status) == ("waiting", "attention")


def test_skip_says_what_then_happens_and_wants_a_reason(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood
) -> None:
    thing = new_id()
    sick = arrive("poison", thing)
    arrive("two", thing)
    arrive("three", thing)
    fail_for_good()
    url = f"/deliveries/events/{sick.id}/skip"
    page = manager.get(url).text
    assert "2 later events of the same subject go on." in page
    assert "has no effect in this service, now or later" in page
    fields = form_fields(manager, url)
    assert manager.post(url, data={**fields, "reason": " "}).status_code == 422
    assert stored(sick.id).status == "attention"
    done = manager.post(url, data={**fields, "reason": "named <twice>"}, follow_redirects=True)
    assert "what waited behind it goes on" in done.text
    assert "named &lt;twice&gt;" in done.text
    assert "Manager" in done.text
    assert stored(sick.id).status == "skipped"


def test_what_somebody_else_decided_in_the_meantime_is_told(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood, reader: Runtime
) -> None:
    sick = arrive("poison")
    fail_for_good()
    url = f"/deliveries/events/{sick.id}"
    fields, skipping = form_fields(manager, url), form_fields(manager, f"{url}/skip")
    with reader.unit_of_work() as work:
        work.session.get_one(InboxRow, stored(sick.id).id).status = "done"
    for path, more in ((f"{url}/retry", fields), (f"{url}/skip", {**skipping, "reason": "x"})):
        said = manager.post(path, data=more, follow_redirects=True).text
        assert "There is nothing left to decide about this event. It is: Done." in said
    assert manager.get(f"{url}/skip").status_code == 303


@pytest.mark.parametrize(
    ("because", "says"),
    [
        (None, "No queue was bound for it"),
        ("no-exchange", "run its migrate command"),
        ("forbidden", "give the permissions again"),
        ("too-large", "Publishing again will not help"),
    ],
)
def test_unrouted_says_why_and_what_to_do(
    manager: FlaskClient, reader: Runtime, because: str | None, says: str
) -> None:
    event_id = kept_as_unrouted(reader, because)
    assert says in manager.get("/deliveries/").text
    assert says in manager.get(f"/deliveries/events/{event_id}").text


def test_unrouted_events_are_published_again_one_chosen_or_all_of_a_reason(
    manager: FlaskClient, reader: Runtime
) -> None:
    one, two, three = (kept_as_unrouted(reader, why) for why in ("no-queue", "no-queue", "forbidden"))

    def left() -> set[UUID]:
        with reader.reading() as session:
            return set(session.scalars(select(OutboxRow.event_id).where(OutboxRow.unrouted_at.is_not(None))))

    url = "/deliveries/unrouted/resend/no-queue"
    assert "2 events go to the broker again" in manager.get(url).text
    manager.post(url, data=form_fields(manager, url))
    assert left() == {three}
    page = f"/deliveries/events/{three}"
    said = manager.post(f"{page}/resend", data=form_fields(manager, page), follow_redirects=True)
    assert "1 event is published again." in said.text
    assert left() == set()
    fields = form_fields(manager, "/deliveries/ask")
    with reader.reading() as session:
        ids = session.scalars(select(OutboxRow.id)).all()
    nothing = manager.post("/deliveries/unrouted/resend", data={**fields, "id": ids}, follow_redirects=True)
    assert "somebody else was faster" in nothing.text
    assert one != two


def test_a_refused_message_says_why_and_is_noted(manager: FlaskClient, reader: Runtime) -> None:
    row_id = refused(reader)
    assert "not &lt;JSON&gt;" in manager.get("/deliveries/?kind=refused").text
    page = manager.get(f"/deliveries/refused/{row_id}").text
    assert "It cannot be read" in page
    assert "&lt;b&gt;" in page
    said = manager.post(
        f"/deliveries/refused/{row_id}/noted",
        data=form_fields(manager, f"/deliveries/refused/{row_id}"),
        follow_redirects=True,
    )
    assert "1 message is noted." in said.text
    assert "It cannot be read" in manager.get("/deliveries/?kind=noted").text
    assert manager.get("/deliveries/refused/999").status_code == 404


@pytest.mark.parametrize(
    ("body", "shows"),
    [
        (b'{"name":"\xe7\x8e\x8b"}', "&#34;name&#34;: &#34;王&#34;"),
        (b"<script>", "&lt;script&gt;"),
        (b"\x00\xff<b>", "00 ff 3c 62 3e"),
    ],
)
def test_content_is_for_administrators_with_a_reason_and_is_shown_safely(
    signed_in: SignedIn, reader: Runtime, body: bytes, shows: str, audited: Callable[[], Sequence[AuditRow]]
) -> None:
    row_id = refused(reader, body=body)
    url = f"/deliveries/refused/{row_id}/content"
    assert signed_in("manager").get(url).status_code == 403
    admin = signed_in("admin")
    asked = admin.get(url)
    assert shows not in asked.text
    fields = form_fields(admin, url)
    assert admin.post(url, data={**fields, "reason": ""}).status_code == 422
    answer = admin.post(url, data={**fields, "reason": "who sends this?"})
    assert shows in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(row.action, row.actor_name) for row in audited()] == [("refusal-content-read", "Admin")]


def test_the_content_of_an_event_is_read_the_same_way_until_it_is_dropped(
    signed_in: SignedIn, reader: Runtime, arrive: Arrive, stored: Stored
) -> None:
    admin, made = signed_in("admin"), arrive("red lamp")
    page = f"/deliveries/events/{made.id}"
    assert "red lamp" not in admin.get(page).text
    url = f"{page}/content"
    assert "red lamp" in admin.post(url, data={**form_fields(admin, url), "reason": "which one?"}).text
    with reader.database.writing() as session:
        session.get_one(InboxRow, stored(made.id).id).body = None
    assert "dropped because of its age" in admin.get(page).text


@pytest.mark.parametrize("role", ["viewer", "officer"])
def test_the_pages_are_for_managers(signed_in: SignedIn, role: str, arrive: Arrive) -> None:
    client, made = signed_in(role), arrive()
    for path in ("", "ask", f"events/{made.id}", f"requests/{made.correlationid}", f"events/{made.id}/skip"):
        assert client.get(f"/deliveries/{path}").status_code == 403


def test_a_publisher_is_asked_for_a_noun_or_for_one_subject(
    manager: FlaskClient, arrive: Arrive, reader: Runtime
) -> None:
    made = arrive()
    page = manager.get(f"/deliveries/events/{made.id}").text
    assert f"/deliveries/ask?what=publisher.thing&amp;subject=thing/{made.subject_id}" in page.replace("%2F", "/")
    url = f"/deliveries/ask?what=publisher.thing&subject=thing/{made.subject_id}"
    fields = form_fields(manager, url)
    assert (fields["what"], fields["subject"]) == ("publisher.thing", made.subject)
    assert "nothing newer is overwritten" in manager.get(url).text
    said = manager.post(url, data={**fields, "reason": "looks wrong"}, follow_redirects=True)
    assert "publisher was asked" in said.text
    assert "reader · snapshot.requested" in said.text
    wrong = manager.post("/deliveries/ask", data={**form_fields(manager, url), "subject": "thing/1"})
    assert wrong.status_code == 422
    with reader.reading() as session:
        [row] = session.scalars(select(AuditRow).where(AuditRow.action == "snapshots-asked"))
    assert (row.subject, row.facts["reason"]) == (made.subject, "looks wrong")


def test_an_event_number_leads_straight_to_its_page_and_an_unknown_one_says_so(
    manager: FlaskClient, arrive: Arrive
) -> None:
    made = arrive()
    assert manager.get(f"/deliveries/?q={made.id}").location.endswith(f"/deliveries/events/{made.id}")
    unknown = manager.get(f"/deliveries/events/{new_id()}")
    assert unknown.status_code == 404
    assert "Nothing is known of this event here" in unknown.text


def test_a_retried_event_that_works_now_takes_those_behind_it_along(
    manager: FlaskClient, arrive: Arrive, stored: Stored, fail_for_good: FailForGood, reader: Runtime, monkeypatch: Any
) -> None:
    thing = new_id()
    sick, after = arrive("poison", thing), arrive("after", thing)
    fail_for_good()
    with reader.database.writing() as session:
        row = session.get_one(InboxRow, stored(sick.id).id)
        row.body = (row.body or "").replace("poison", "mended")
    url = f"/deliveries/events/{sick.id}"
    manager.post(f"{url}/retry", data=form_fields(manager, url))
    work_off(reader)
    assert (stored(sick.id).status, stored(after.id).status) == ("done", "done")
    assert "Sent to be tried again" in manager.get(url).text

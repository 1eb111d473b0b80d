"""What staff decide about failing, unrouted and refused things: done once, audited, safe to do twice."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.database.tables import AuditRow, InboxPosition, InboxRow, OutboxRow, RefusedMessage
from shared.deliveries import decisions
from shared.deliveries.failures import digest, failures
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.principal import Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import work_off
from shared.testing.example import Note, name_thing
from shared.testing.fakes import SettableClock

LI = Principal(id=None, name="Li", kind="shell")
Arrive = Callable[..., Envelope]
Stored = Callable[[UUID], InboxRow]
Audited = Callable[[], Sequence[AuditRow]]


def unrouted(publisher: Runtime, *reasons: str | None) -> list[int]:
    with publisher.unit_of_work() as work:
        for _ in reasons:
            name_thing(work, new_id(), "lamp")
        rows = work.session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        for row, reason in zip(rows, reasons, strict=True):
            row.unrouted_at, row.unrouted_because = work.now, reason
        return [row.id for row in rows]


def test_what_failed_for_one_cause_is_tried_again_at_once_and_the_rest_is_left_alone(
    reader: Runtime, arrive: Arrive, stored: Stored, fail_for_good: Callable[[], None], audited: Audited
) -> None:
    poisoned = [arrive("poison") for _ in range(3)]
    other = arrive("poison")
    fail_for_good()
    with reader.database.writing() as session:
        row = session.get_one(InboxRow, stored(other.id).id)
        row.error = "LookupError: something else"
    with reader.reading() as session:
        [failure, another] = failures(session)
    assert (failure.count, failure.attention, len(failure.subjects)) == (3, 3, 3)
    assert another.count == 1
    with reader.unit_of_work(actor=LI) as work:
        assert decisions.retry_failure(work, failure.digest, "the handler is mended") == 3
    assert {stored(each.id).status for each in poisoned} == {"waiting"}
    assert {stored(each.id).attempts for each in poisoned} == {0}
    assert stored(other.id).status == "attention"
    said = {(row.actor_name, row.action, row.facts["reason"], row.facts["attempts"]) for row in audited()}
    assert said == {("Li", "event-retried", "the handler is mended", 10)}
    assert {row.subject for row in audited()} == {f"event/{each.id}" for each in poisoned}


def test_errors_that_differ_in_ids_times_and_numbers_are_one_failure() -> None:
    first = f"LookupError: no {new_id()} of 2026-11-23T01:00:00Z, row 123456, in 3 tries"
    second = f"LookupError: no {new_id()} of 2026-11-24T11:30:00+08:00, row 987654, in 3 tries"
    assert digest(first) == digest(second)
    assert digest(first) != digest(first.replace("3 tries", "4 tries"))


def test_only_what_still_fails_is_tried_again(
    reader: Runtime, arrive: Arrive, stored: Stored, fail_for_good: Callable[[], None]
) -> None:
    well, sick = arrive(), arrive("poison")
    fail_for_good()
    ids = [stored(well.id).id, stored(sick.id).id]
    with reader.unit_of_work() as work:
        assert decisions.retry_events(work, ids) == 1
        assert decisions.retry_failure(work, "000000000000") == 0
    assert stored(well.id).status == "done"


def test_a_skipped_event_has_no_effect_and_its_subject_goes_on(
    reader: Runtime, arrive: Arrive, stored: Stored, fail_for_good: Callable[[], None], audited: Audited
) -> None:
    thing = new_id()
    sick = arrive("poison", thing)
    after = arrive("after", thing)
    fail_for_good()
    with reader.unit_of_work(actor=LI) as work:
        decisions.skip_event(work, stored(sick.id).id, " registered twice ")
    work_off(reader)
    assert (stored(sick.id).status, stored(after.id).status) == ("skipped", "done")
    with reader.reading() as session:
        assert list(session.scalars(select(Note.text))) == ["after"]
    assert [(row.action, row.facts["reason"]) for row in audited()] == [("event-skipped", "registered twice")]


def test_only_the_first_open_event_of_a_subject_is_skipped(reader: Runtime, arrive: Arrive, stored: Stored) -> None:
    """Skipping a later one would make the earlier one count as overtaken: its effect would be lost unseen."""
    thing = new_id()
    sick = arrive("poison", thing)
    after = arrive("after", thing)
    with pytest.raises(Refused, match="comes first"), reader.unit_of_work() as work:
        decisions.skip_event(work, stored(after.id).id, "why not")
    assert (stored(sick.id).status, stored(after.id).status) == ("waiting", "waiting")


def test_skipping_over_a_gap_takes_the_gap_away(reader: Runtime, arrive: Arrive, stored: Stored) -> None:
    thing = new_id()
    arrive("first", thing, 1)
    early = arrive("third", thing, 3)
    assert stored(early.id).status == "waiting"
    with reader.unit_of_work() as work:
        decisions.skip_event(work, stored(early.id).id, "the second one is lost")
    assert stored(arrive("fourth", thing, 4).id).status == "done"
    with reader.reading() as session:
        position = session.scalars(select(InboxPosition)).one()
    assert (position.version, position.gap_since) == (4, None)


def test_a_reason_is_needed_and_what_is_done_is_told(reader: Runtime, arrive: Arrive, stored: Stored) -> None:
    done = stored(arrive().id)
    with pytest.raises(Refused) as missing, reader.unit_of_work() as work:
        decisions.skip_event(work, done.id, "  ")
    assert missing.value.reasons[0].field == "reason"
    for decide in (decisions.retry_event, lambda work, row_id: decisions.skip_event(work, row_id, "why not")):
        with pytest.raises(Refused) as refused, reader.unit_of_work() as work:
            decide(work, done.id)
        assert (refused.value.code, refused.value.reasons[0].facts) == ("event-not-open", {"state": "Done"})


def test_unrouted_events_are_published_again_once(publisher: Runtime) -> None:
    ids = unrouted(publisher, "no-queue", "forbidden", None)
    with publisher.unit_of_work(actor=LI) as work:
        assert decisions.resend_events(work, ids[:2], "the consumer is there now") == 2
        assert decisions.resend_events(work, ids) == 1
        assert decisions.resend_events(work, ids) == 0
    with publisher.reading() as session:
        rows = session.execute(select(OutboxRow.unrouted_at, OutboxRow.unrouted_because)).all()
        because = [row.facts["because"] for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]
    assert set(rows) == {(None, None)}
    assert because == ["no-queue", "forbidden", "no-queue"]


def test_a_refusal_is_noted_once_and_its_content_is_read_with_a_reason(
    reader: Runtime, audited: Audited, clock: SettableClock
) -> None:
    with reader.unit_of_work() as work:
        row = RefusedMessage(
            queue="reader.publisher-events",
            received_at=work.now - timedelta(hours=1),
            reason="not-json",
            detail="not JSON",
            headers={},
            body=b"{",
            size=1,
        )
        work.session.add(row)
    with reader.unit_of_work(actor=LI) as work:
        assert decisions.note_refused(work, [row.id]) == 1
        assert decisions.note_refused(work, [row.id]) == 0
        with pytest.raises(Refused):
            decisions.read_content(work, row, " ")
        assert decisions.read_content(work, row, "who sends this?") == b"{"
    assert [(each.action, each.facts) for each in audited()] == [
        ("refusal-noted", {}),
        ("refusal-content-read", {"reason": "who sends this?"}),
    ]

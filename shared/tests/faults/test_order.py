"""Between real processes: a missing event is noticed and made good, and a poisonous one stops its own subject alone."""

from typing import Any

from sqlalchemy import select, update

from shared.clock import utc_now
from shared.database.tables import InboxRow, OutboxRow
from shared.identifiers import new_id
from shared.inbox.attention import retry
from shared.testing.example import CURE, Note
from shared.testing.processes import wait_until


def notes_of(pair: Any, thing: Any) -> list[str]:
    with pair.runtimes["reader"].reading() as session:
        return list(session.scalars(select(Note.text).where(Note.thing_id == thing).order_by(Note.id)))


def lose(pair: Any, thing: Any, version: int) -> None:
    """Mark an event as published that never was: what a broker that forgets would come to."""
    lost = (OutboxRow.subject == f"thing/{thing}", OutboxRow.subjectversion == version)
    with pair.runtimes["publisher"].database.writing() as session:
        assert session.execute(update(OutboxRow).where(*lost).values(published_at=utc_now())).rowcount == 1


def test_a_gap_is_closed_and_a_poisonous_event_stops_its_own_subject_until_it_is_retried(pair: Any) -> None:
    publisher, reader = pair.worker("publisher"), pair.worker("reader")
    pair.wait_for_bindings()
    publisher.terminate()
    gapped, sick = new_id(), new_id()
    for name in ("one", "two", "three"):
        pair.name_thing(name, gapped)
    lose(pair, gapped, 2)
    for name in ("poison", "after"):
        pair.name_thing(name, sick)
    others = pair.name_things(30)
    publisher.restart()

    wait_until(lambda: set(others) <= set(pair.noted()), 20, "everything but the sick subject")
    wait_until(lambda: notes_of(pair, gapped) == ["one", "snapshot three"], 40, "a snapshot that closes the gap")
    pair.name_thing("four", gapped)
    wait_until(lambda: notes_of(pair, gapped)[2:] == ["four"], 20, "the subject going on")

    assert notes_of(pair, sick) == []
    reader.terminate()
    reader.restart(**{CURE: "1"})
    with pair.runtimes["reader"].database.writing() as session:
        [row] = session.scalars(select(InboxRow).where(InboxRow.attempts > 0))
        assert str(row.error) == "RuntimeError: this one cannot be handled"
        assert retry(session, [row.id], utc_now()) == 1
    wait_until(lambda: notes_of(pair, sick) == ["poison", "after"], 40, "the subject catching up in order")

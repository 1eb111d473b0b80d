"""One event in two majors: recorded under one version, and with one effect, whoever comes to which of the two first."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.database.tables import InboxRow, NeededType
from shared.events import Envelope, NotAsDeclared
from shared.identifiers import new_id
from shared.inbox.processor import Processor
from shared.inbox.release_needs import forget_the_dead, note_needs
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, recorded
from shared.testing.example import READER, Note
from shared.testing.example_releases import (
    PUBLISHER_2,
    READER_2,
    KnownTag,
    name_twice,
    tag_tied,
    thing_named,
    thing_named_2,
    tie_tag,
)


@pytest.fixture
def publisher(make_example: Callable[..., Runtime]) -> Runtime:
    return make_example(PUBLISHER_2)


@pytest.fixture
def old(reader: Runtime) -> Runtime:
    return reader


@pytest.fixture
def new(old: Runtime) -> Runtime:
    """The later release, on the same database."""
    return Runtime(READER_2, old.settings, clock=old.clock, database=old.database)


def twins(publisher: Runtime, thing: UUID, name: str) -> list[Envelope]:
    with publisher.unit_of_work() as work:
        name_twice(work, thing, name)
    return recorded(publisher, "thing.named")[-2:]


def notes(reader: Runtime) -> list[str]:
    with reader.reading() as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


def test_twins_have_ids_of_their_own_and_one_version(publisher: Runtime) -> None:
    thing = new_id()
    first, second = twins(publisher, thing, "lamp")
    third, fourth = twins(publisher, thing, "torch")
    assert (first.type, second.type) == (thing_named.type, thing_named_2.type)
    assert [each.subjectversion for each in (first, second, third, fourth)] == [1, 1, 2, 2]
    assert len({each.id for each in (first, second, third, fourth)}) == 4


def test_only_majors_of_one_event_are_twins(publisher: Runtime) -> None:
    thing = new_id()
    named, titled = {"thing_id": thing, "name": "lamp"}, {"thing_id": thing, "title": "lamp"}
    with publisher.unit_of_work() as work:
        with pytest.raises(ValueError, match="not majors of one event"):
            work.record_twins(thing, (tag_tied, {"tag_id": thing, "label": "x"}), (thing_named_2, titled))
        with pytest.raises(ValueError, match="the same major twice"):
            work.record_twins(thing, (thing_named, named), (thing_named, named))
        with pytest.raises(ValueError, match="none"):
            work.record_twins(thing)
    with pytest.raises(NotAsDeclared), publisher.unit_of_work() as work:
        work.record_twins(thing, (thing_named, named), (thing_named_2, named))
    assert recorded(publisher) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("releases", ["old old", "new new", "old new", "new old"])
def test_an_event_in_two_majors_has_one_effect(
    publisher: Runtime, old: Runtime, new: Runtime, releases: str, order: tuple[int, int]
) -> None:
    """Each of the two is worked off by either release, as happens while one replaces the other."""
    thing = new_id()
    for name in ("lamp", "torch"):
        pair = twins(publisher, thing, name)
        for which, release in zip(order, releases.split(), strict=True):
            hand_over({"old": old, "new": new}[release], pair[which])
    assert notes(old) == ["lamp", "torch"]


def test_a_twin_that_a_snapshot_told_of_has_no_effect(publisher: Runtime, new: Runtime) -> None:
    tag = new_id()
    with publisher.unit_of_work() as work:
        tie_tag(work, tag, "old")
    [tied] = recorded(publisher, "tag.tied")
    snapshot = event("publisher", "tag.snapshot", tag, dict(tied.data), runtime=new, version=1)
    hand_over(new, snapshot, tied)
    assert notes(new) == []


def rows(reader: Runtime) -> list[tuple[str, str]]:
    with reader.reading() as session:
        return [
            (row.type.split(".", 3)[3], row.status) for row in session.scalars(select(InboxRow).order_by(InboxRow.id))
        ]


def note(reader: Runtime, *, ask: bool = False) -> None:
    with reader.unit_of_work() as work:
        for reactions in reader.service.reactions:
            note_needs(work, reader.service, reactions, ask=ask)


def test_what_only_the_other_release_needs_is_left_to_it_while_it_lives(
    publisher: Runtime, old: Runtime, new: Runtime
) -> None:
    tag = new_id()
    with publisher.unit_of_work() as work:
        tie_tag(work, tag, "mine")
    [tied] = recorded(publisher, "tag.tied")
    note(old)
    note(new)
    hand_over(old, tied)
    assert rows(old) == [("tag.tied.v1", "waiting")]
    while Processor(new).run_once().found:
        pass
    assert rows(old) == [("tag.tied.v1", "done")]


def test_the_needs_of_a_release_that_is_gone_hold_nobody_up(publisher: Runtime, old: Runtime, new: Runtime) -> None:
    tag = new_id()
    with publisher.unit_of_work() as work:
        tie_tag(work, tag, "mine")
    note(old)
    note(new)
    with old.database.writing() as session:
        for row in session.scalars(select(NeededType)):
            row.seen_at = old.clock().replace(year=2020)
    hand_over(old, *recorded(publisher, "tag.tied"))
    assert rows(old) == [("tag.tied.v1", "passed")]
    with old.unit_of_work() as work:
        forget_the_dead(work, READER)
    with old.reading() as session:
        left = set(session.scalars(select(NeededType.type)))
    assert left == {"org.yizhan.publisher.thing.named.v1", "org.yizhan.publisher.thing.snapshot.v1"}


def test_a_noun_that_is_new_to_the_service_is_asked_for_once(old: Runtime, new: Runtime) -> None:
    note(old)
    assert recorded(old) == []
    note(new, ask=True)
    asked: list[Any] = [request.data["noun"] for request in recorded(new, "snapshot.requested")]
    assert asked == ["tag"], "the next major of what is read already says nothing new"
    note(new, ask=True)
    assert len(recorded(new)) == 1


def test_known_tags_are_what_snapshots_and_events_say(publisher: Runtime, new: Runtime) -> None:
    tag = new_id()
    with publisher.unit_of_work() as work:
        tie_tag(work, tag, "old")
    hand_over(new, *recorded(publisher, "tag.tied"))
    with new.reading() as session:
        assert [known.label for known in session.scalars(select(KnownTag))] == ["old"]

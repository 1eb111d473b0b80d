"""A snapshot in two majors: a consumer gets the one that it declares, once, whoever comes to which of the two first."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.database.tables import InboxPosition, InboxRow
from shared.events import Envelope
from shared.identifiers import new_id
from shared.inbox import answers
from shared.runtime import Runtime
from shared.testing.delivery import hand_over, recorded, request, write_pages
from shared.testing.example import Note
from shared.testing.example_releases import PUBLISHER_2, READER_2, name_twice

QUEUE = "reader.publisher-events"


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


def name(publisher: Runtime, thing: UUID, *names: str) -> None:
    for each in names:
        with publisher.unit_of_work() as work:
            name_twice(work, thing, each)


def asked_for(publisher: Runtime, **data: str) -> list[Envelope]:
    """The snapshots that one more request brings."""
    before = len(recorded(publisher, "thing.snapshot"))
    request(publisher, "reader", noun="thing", queue=QUEUE, **data)
    write_pages(publisher)
    return recorded(publisher, "thing.snapshot")[before:]


def notes(reader: Runtime) -> list[str]:
    with reader.reading() as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


def statuses(reader: Runtime) -> list[str]:
    with reader.reading() as session:
        return list(session.scalars(select(InboxRow.status).order_by(InboxRow.id)))


def test_every_major_is_sent_of_each_subject_once_page_after_page(
    publisher: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PAGE", 2)
    things = [new_id() for _ in range(5)]
    for thing in things:
        name(publisher, thing, "lamp", "torch")
    sent = asked_for(publisher)
    for major, field in ((1, "name"), (2, "title")):
        of_major = [each for each in sent if each.type.endswith(f".v{major}")]
        assert sorted(each.subject_id for each in of_major) == sorted(things)
        assert {(each.data[field], each.subjectversion) for each in of_major} == {("torch", 2)}
    assert len({each.id for each in sent}) == len(sent) == 10
    one = asked_for(publisher, subject=f"thing/{things[0]}")
    assert [(each.subject_id, each.type[-2:]) for each in one] == [(things[0], "v1"), (things[0], "v2")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("releases", ["old old", "new new", "old new", "new old"])
def test_a_snapshot_in_two_majors_has_one_effect(
    publisher: Runtime, old: Runtime, new: Runtime, releases: str, order: tuple[int, int]
) -> None:
    """Also when it is asked for again, and with each of the two worked off by either release."""
    thing = new_id()
    name(publisher, thing, "lamp", "torch")
    for answer in (1, 2):
        pair = asked_for(publisher)
        for which, release in zip(order, releases.split(), strict=True):
            hand_over({"old": old, "new": new}[release], pair[which])
        assert notes(old) == ["snapshot torch"] * answer
    assert "attention" not in statuses(old)
    name(publisher, thing, "candle")
    for each in recorded(publisher, "thing.named")[-2:]:
        hand_over(new, each)
    assert notes(old)[2:] == ["candle"]


def test_the_other_major_alone_is_no_knowledge_of_the_subject(publisher: Runtime, new: Runtime) -> None:
    """Were the subject taken as known, a later event would be followed on a state that nobody has here."""
    thing = new_id()
    name(publisher, thing, "lamp", "torch")
    first, second = asked_for(publisher)
    name(publisher, thing, "candle")
    hand_over(new, first, *recorded(publisher, "thing.named")[-2:])
    assert notes(new) == []
    with new.reading() as session:
        position = session.get_one(InboxPosition, ("/services/publisher", f"thing/{thing}"))
        assert position.version == 0
    hand_over(new, second)
    new.clock.advance(minutes=2)  # type: ignore[attr-defined]
    hand_over(new)
    assert notes(new) == ["snapshot torch", "candle"]

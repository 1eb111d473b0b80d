"""Two releases of one service side by side, and a consumer that moves from one major of an event to the next."""

from typing import Any

import pytest

from shared.database.migrate import schema_is_older
from shared.identifiers import new_id
from shared.testing.example import READER
from shared.testing.processes import wait_until

pytestmark = pytest.mark.timeout(300)


def test_a_release_replaces_another_one_while_events_flow(rollout: Any) -> None:
    """The new one reads the next major, and a noun that the old one does not know; its schema is newer, too."""
    things, tags = [new_id() for _ in range(4)], [new_id() for _ in range(4)]
    wanted: dict[Any, list[str]] = {each: [] for each in (*things, *tags)}

    def go_on(*rounds: str, tying: bool = True) -> None:
        for number in rounds:
            for thing, tag in zip(things, tags, strict=True):
                rollout.name(thing, number)
                wanted[thing].append(number)
                if tying:
                    rollout.tie(tag, number)
                    wanted[tag].append(number)

    rollout.worker("publisher-2")
    old = rollout.worker("reader")
    rollout.wait_bound()
    before = new_id()
    rollout.tie(before, "before anybody read tags")
    go_on("1", "2", "3", tying=False)
    rollout.wait_noted({thing: wanted[thing] for thing in things})
    rollout.pretend_newer_schema()
    assert not schema_is_older(READER, rollout.reader.database)
    rollout.worker("reader-2")
    go_on("4", "5", tying=False)
    rollout.wait_needed("tag.tied.v1")
    go_on(*(str(number) for number in range(6, 16)))
    assert old.running
    assert old.terminate() == 0
    go_on("16", "17")
    rollout.wait_noted(wanted)
    wait_until(lambda: before in rollout.known_tags(), 60, "what was tied before anybody read tags")
    assert rollout.known_tags() == {before: "before anybody read tags", **dict.fromkeys(tags, "17")}


@pytest.mark.long
@pytest.mark.parametrize("first", ["reader", "reader-2"])
def test_what_waits_in_the_inbox_has_one_effect_with_the_other_release(rollout: Any, first: str) -> None:
    """The one release took both majors in and dies over them; the other one, up or down, goes on with what is there."""
    second = "reader-2" if first == "reader" else "reader"
    things = [new_id() for _ in range(5)]
    rollout.worker("publisher-2")
    begun = rollout.worker(first)
    rollout.wait_bound()
    for thing in things:
        rollout.name(thing, "1")
    rollout.wait_noted({thing: ["1"] for thing in things})
    begun.terminate()
    taking_in = rollout.worker(first, "receive")
    received = rollout.received()
    for number in ("2", "3"):
        for thing in things:
            rollout.name(thing, number)
    wait_until(lambda: rollout.received() >= received + 20, 60, "both majors in the inbox")
    taking_in.terminate()
    rollout.worker(second)
    for thing in things:
        rollout.name(thing, "4")
    rollout.wait_noted({thing: ["1", "2", "3", "4"] for thing in things})


@pytest.mark.long
def test_a_release_that_comes_back_asks_for_what_went_by(rollout: Any) -> None:
    """It was rolled back, and what only it needs was passed over meanwhile."""
    rollout.worker("publisher-2")
    new = rollout.worker("reader-2")
    rollout.wait_needed("tag.tied.v1")
    new.terminate()
    rollout.age_needs()
    rollout.worker("reader")
    wait_until(lambda: "tag.tied.v1" not in rollout.needed(), 60, "the need of the release that is gone")
    tag = new_id()
    rollout.tie(tag, "unread")
    wait_until(lambda: "passed" in rollout.statuses(), 60, "the tag passed over")
    rollout.worker("reader-2")
    wait_until(lambda: rollout.known_tags() == {tag: "unread"}, 60, "the snapshot of the tag")

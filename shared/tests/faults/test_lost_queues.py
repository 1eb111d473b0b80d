"""A consumer's queue is deleted with what waits in it: it is made again, and what was lost has its effects, once."""

import threading
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from shared.identifiers import new_id
from shared.testing.processes import wait_until

QUEUE = "reader.publisher-events"
NUMBER = 10


def test_a_queue_that_was_deleted_while_its_reader_was_down_loses_nothing(pair: Any) -> None:
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    early = pair.name_things(NUMBER)
    pair.wait_for(early)
    reader.terminate()
    waiting = pair.name_things(NUMBER)
    pair.wait_until_published()
    pair.delete_queue(QUEUE)
    meanwhile = pair.name_things(NUMBER)
    pair.wait_until_published()
    reader.restart()
    names = early + waiting + meanwhile
    snapshots = [f"snapshot {name}" for name in names]
    pair.wait_for(names + snapshots)
    noted = pair.noted()
    assert all(noted.index(name) < noted.index(f"snapshot {name}") for name in names)

    pair.delete_queue(QUEUE)
    late = pair.name_things(NUMBER)
    wait_until(lambda: set(late) <= set(pair.noted()), 40, "the effects of what came after the second loss")
    assert sorted(name for name in pair.noted() if not name.startswith("snapshot")) == sorted(names + late)


@pytest.mark.long
def test_a_queue_that_is_deleted_again_and_again_under_load_loses_nothing(pair: Any) -> None:
    """Publisher and reader run, commands go on; each thing's names have their effects in their order."""
    publisher, reader = pair.worker("publisher"), pair.worker("reader")
    pair.wait_for_bindings()
    things = [new_id() for _ in range(5)]
    recorded: dict[UUID, list[str]] = {thing: [] for thing in things}
    enough = threading.Event()

    def go_on() -> None:
        for number in count():
            if enough.wait(0.01):
                return
            thing = things[number % len(things)]
            pair.name_thing(f"name {number}", thing)
            recorded[thing].append(f"name {number}")

    naming = threading.Thread(target=go_on)
    naming.start()
    try:
        for deleted in range(1, 4):
            before = len(pair.noted())
            wait_until(lambda before=before: len(pair.noted()) > before + 50, 60, "a flow of effects")
            pair.delete_queue(QUEUE)
            wait_until(
                lambda deleted=deleted: reader.output().count("asked for a replay") == deleted, 60, "the loss noticed"
            )
    finally:
        enough.set()
        naming.join()
    names = {name for each in recorded.values() for name in each}
    wait_until(lambda: names <= set(pair.noted()), 90, "every effect")
    noted = [name for name in pair.noted() if not name.startswith("snapshot")]
    assert len(noted) == len(names), "no effect twice"
    for each in recorded.values():
        assert [name for name in noted if name in set(each)] == each
    assert (publisher.running, reader.running) == (True, True)
    for process in (publisher, reader):
        assert "cannot be kept running" not in process.output()

"""A consumer's queue is deleted with what waits in it: it is made again, and what was lost has its effects, once."""

from typing import Any

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

"""A process dies at the worst moment: nothing is lost, and every effect happens once."""

import signal
from typing import Any

import pytest

NUMBER = 30


@pytest.mark.parametrize("fault", ["relay.after-publish", "relay.after-mark"])
def test_a_relay_killed_while_publishing(pair: Any, fault: str) -> None:
    pair.worker("reader")
    publisher = pair.worker("publisher")
    pair.wait_for_bindings()
    publisher.terminate()
    publisher.restart(YIZHAN_FAULT=pair.fault(fault))
    names = pair.name_things(NUMBER)
    assert publisher.wait() == -signal.SIGKILL
    publisher.restart()
    pair.wait_for(names)


@pytest.mark.parametrize(
    "fault", ["receive.before-commit", "receive.after-commit", "process.before-commit", "process.after-commit"]
)
def test_a_consumer_killed_while_taking_in(pair: Any, fault: str) -> None:
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    reader.terminate()
    reader.restart(YIZHAN_FAULT=pair.fault(fault))
    names = pair.name_things(NUMBER)
    assert reader.wait() == -signal.SIGKILL
    reader.restart()
    pair.wait_for(names)


def test_a_worker_ends_on_sigterm_with_nothing_half_done(pair: Any) -> None:
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    names = pair.name_things(NUMBER)
    assert reader.terminate(10) == 0
    reader.restart()
    pair.wait_for(names)


def test_two_relays_and_two_processors_have_one_effect_each(pair: Any) -> None:
    for number in (1, 2):
        pair.worker("publisher", name=f"publisher-{number}")
        pair.worker("reader", name=f"reader-{number}")
    pair.wait_for_bindings()
    pair.wait_for(pair.name_things(NUMBER * 2))


def test_a_new_reader_learns_what_was_before_it(pair: Any) -> None:
    publisher = pair.worker("publisher")
    names = pair.name_things(5)
    pair.wait_until_published()
    pair.worker("reader")
    pair.wait_for([f"snapshot {name}" for name in names])
    assert publisher.running

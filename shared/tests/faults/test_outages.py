"""A consumer whose database is away, and one that dies again and again: nothing is lost, parked, or done twice."""

import resource
import signal
import sqlite3
import time
from typing import Any

import pytest

from shared.testing.processes import RunningProcess, wait_until
from shared.testing.servers import LocalPostgres

NUMBER = 40
WAITS = "waits for the database"


def outlast(reader: RunningProcess, times: int, seconds: float) -> None:
    """Until the reader's loops have looked so many times in vain."""
    wait_until(lambda: reader.output().count(WAITS) >= times, seconds, "loops that wait for the database")


@pytest.mark.parametrize("times", [4, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_a_stopped_database_costs_no_message_and_no_effect(
    production_pair: Any, postgres: LocalPostgres, times: int
) -> None:
    pair = production_pair
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    started = reader.pid
    postgres.stop()
    try:
        names = pair.name_things(NUMBER)
        pair.wait_until_published()
        wait_until(lambda: "DatabaseAway" in reader.output(), 40, "a receiver that noticed")
        outlast(reader, times, 500)
    finally:
        postgres.start()
    pair.wait_for(names)
    assert pair.dead_letters() == 0
    assert (reader.pid, reader.running) == (started, True)
    assert reader.output().count("receiving from") < 5, "it read and gave back in a loop"


def test_a_full_disk_costs_no_message_and_no_effect(file_pair: Any) -> None:
    pair = file_pair
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    # No file of the process may grow beyond this: its database's log is longer already.
    unlimited = resource.prlimit(reader.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(reader.pid, resource.RLIMIT_FSIZE, (40_000, unlimited[1]))
    names = pair.name_things(NUMBER)
    outlast(reader, 2, 40)
    assert len(pair.noted()) < NUMBER
    resource.prlimit(reader.pid, resource.RLIMIT_FSIZE, unlimited)
    pair.wait_for(names)


@pytest.mark.long
def test_a_database_that_another_process_locks_costs_no_message_and_no_effect(file_pair: Any) -> None:
    pair = file_pair
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    other = sqlite3.connect(pair.runtimes["reader"].settings.database_url.removeprefix("sqlite:///"))
    other.isolation_level = None
    other.execute("BEGIN IMMEDIATE")
    names = pair.name_things(NUMBER)
    # It waits for its turn first, twenty seconds long.
    wait_until(lambda: "DatabaseAway" in reader.output(), 60, "a receiver that noticed")
    other.execute("ROLLBACK")
    other.close()
    pair.wait_for(names)


@pytest.mark.parametrize("times", [3, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_a_consumer_that_dies_while_prefetching_has_each_effect_once(production_pair: Any, times: int) -> None:
    pair = production_pair
    # What production sets: each of these deaths counts as a delivery of all that was prefetched.
    pair.allow_deliveries(1_000_000)
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    reader.terminate()
    names: list[str] = []
    for number in range(times):
        names += pair.name_things(5)
        point = ("receive.before-commit", "receive.after-commit")[number % 2]
        reader.restart(YIZHAN_FAULT=pair.fault(point, number))
        assert reader.wait(40) == -signal.SIGKILL
    reader.restart()
    pair.wait_for(names)
    assert pair.dead_letters() == 0


def test_a_handler_slower_than_three_heartbeats_runs_once_and_keeps_the_link(production_pair: Any) -> None:
    pair = production_pair
    pair.bus_url += "?heartbeat=2"
    pair.worker("publisher")
    reader = pair.worker("reader")
    pair.wait_for_bindings()
    wait_until(lambda: len(pair.consumers()) == 3, 60, "three links that receive")
    consumers, lost_before = pair.consumers(), reader.output().count("receiving from")
    begun = time.monotonic()
    slow = pair.name_thing("slow 7")
    wait_until(lambda: slow in pair.noted(), 60, "the slow effect")
    assert time.monotonic() - begun > 6
    assert (pair.noted(), pair.consumers()) == ([slow], consumers)
    assert reader.output().count("receiving from") == lost_before

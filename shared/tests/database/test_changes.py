"""Waiting for the commits of others."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from shared.database import Database
from shared.database.changes import LONGEST_LOOK_SECONDS, PASS_SECONDS, ChangeWatch
from shared.inbox.processor import IS_WAITING
from shared.outbox.relay import IS_PENDING
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import PUBLISHER


@pytest.fixture
def database(make_runtime: Callable[[Service], Runtime]) -> Database:
    database = make_runtime(PUBLISHER).database
    with database.writing() as session:
        session.execute(text("CREATE TABLE marks (number integer)"))
    return database


@pytest.fixture
def watch(database: Database) -> Iterator[ChangeWatch]:
    made = ChangeWatch(database, "SELECT EXISTS (SELECT 1 FROM marks)")
    yield made
    made.close()


def commit(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO marks VALUES (1)"))


def waited(watch: ChangeWatch, woken: threading.Event) -> float:
    started = time.monotonic()
    watch.wait(woken)
    return time.monotonic() - started


class Unset(threading.Event):
    """An event that nobody sets, and that says how long it was waited for instead of waiting."""

    def __init__(self, meanwhile: Callable[[int], Any] = lambda look: None) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._meanwhile = meanwhile

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        self._meanwhile(len(self.waits))
        return False


def test_a_commit_after_the_mark_ends_the_wait_at_the_next_look(watch: ChangeWatch, database: Database) -> None:
    watch.mark()
    commit(database)
    woken = Unset()
    watch.wait(woken)
    assert len(woken.waits) == 1


def test_a_commit_during_the_wait_ends_it(watch: ChangeWatch, database: Database) -> None:
    watch.mark()
    woken = Unset(lambda look: commit(database) if look == 3 else None)
    watch.wait(woken)
    assert len(woken.waits) == 3


def test_looks_become_rare_while_there_is_no_work_and_frequent_after_some(
    watch: ChangeWatch, database: Database
) -> None:
    def fruitless() -> float:
        woken = Unset(lambda look: commit(database))
        watch.mark()
        watch.wait(woken)
        return woken.waits[0]

    first = [fruitless() for _ in range(6)]
    assert first == sorted(first)
    assert first[0] < first[-1] == LONGEST_LOOK_SECONDS
    watch.mark()  # found work, and so did not wait
    assert fruitless() == first[0]


def test_who_is_woken_by_its_own_process_waits_no_longer(watch: ChangeWatch) -> None:
    woken = threading.Event()
    woken.set()
    watch.mark()
    watch.wait(woken)
    assert not woken.is_set()


def test_a_wait_without_any_commit_ends_by_itself(watch: ChangeWatch, database: Database) -> None:
    # A neighbour on the same server may commit something: then it ends even sooner.
    watch.mark()
    assert waited(watch, threading.Event()) < PASS_SECONDS + 20


def test_a_watch_outlives_its_connection(watch: ChangeWatch, database: Database, stack: str) -> None:
    watch.mark()
    if stack == "postgresql":
        with database.writing() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
    woken = Unset(lambda look: commit(database))
    watch.wait(woken)
    assert len(woken.waits) == 1
    watch.mark()
    commit(database)
    watch.wait(woken)
    assert len(woken.waits) == 2


def test_a_commit_that_brings_no_work_ends_no_wait_on_a_server_of_many(database: Database, stack: str) -> None:
    watch = ChangeWatch(database, "SELECT EXISTS (SELECT 1 FROM marks WHERE number = 2)")
    watch.mark()
    commit(database)

    def bring_work(look: int) -> None:
        if look == 3:
            with database.writing() as session:
                session.execute(text("INSERT INTO marks VALUES (2)"))

    woken = Unset(bring_work)
    watch.wait(woken)
    watch.close()
    # Where each commit is one of our own database, the first one is looked at.
    assert len(woken.waits) == (3 if stack == "postgresql" else 1)


def test_the_questions_of_relay_and_processor_can_be_asked(make_runtime: Callable[[Service], Runtime]) -> None:
    with make_runtime(PUBLISHER).reading() as session:
        assert [bool(session.execute(text(each)).scalar_one()) for each in (IS_PENDING, IS_WAITING)] == [False, False]

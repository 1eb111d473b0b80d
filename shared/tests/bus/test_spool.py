"""What only the spool must care about: files, locks, dead processes, full disks."""

import json
import multiprocessing
import os
import resource
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.bus import Outcome, ReceivedMessage
from shared.bus.links import open_link
from shared.bus.spool import LEFTOVER_AGE, Spool
from shared.bus.spool_reading import AGAIN, SpoolReader
from shared.bus.spool_routes import topic_matches
from shared.testing.bus_clients import SpoolClient
from shared.testing.bus_consumer import ConsumerProcess
from shared.testing.bus_under_test import WAIT, BusUnderTest, Receiving, publish_numbered


@pytest.fixture
def on(tmp_path: Path) -> Iterator[BusUnderTest]:
    root = tmp_path / "a folder"
    client = SpoolClient(root)
    bus = BusUnderTest(f"spool://{str(root).replace(' ', '%20')}", client)
    bus.declare()
    yield bus
    client.close()


@pytest.fixture
def spool(on: BusUnderTest, tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "a folder")
    yield opened
    opened.close()


@contextmanager
def files_no_larger_than(limit: int) -> Iterator[None]:
    """Writing more fails in the middle of a file, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_an_error_and_leaves_no_half_message(on: BusUnderTest, spool: Spool) -> None:
    with on.bus.publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [Outcome.CONFIRMED]
        with files_no_larger_than(20_000):
            outcomes = publisher.publish([on.message("small"), on.message("x" * 30_000), on.message("late")], WAIT)
        assert outcomes == [Outcome.UNKNOWN] * 3
        assert "OSError" in str(publisher.last_error)
        assert list((spool.root / "aside").iterdir()) == []
        assert publisher.publish([on.message("after")], WAIT) == [Outcome.CONFIRMED]
    assert on.bodies(3) == ["before", "small", "after"]


def test_a_deadline_that_has_passed_leaves_the_rest_unknown(on: BusUnderTest) -> None:
    with on.bus.publisher() as publisher:
        outcomes = publisher.publish([on.message(number) for number in range(5000)], 0.05)
    confirmed = outcomes.count(Outcome.CONFIRMED)
    assert outcomes == [Outcome.CONFIRMED] * confirmed + [Outcome.UNKNOWN] * (5000 - confirmed)
    assert confirmed < 5000
    assert on.foreign.waiting(on.queue) == confirmed


def test_a_clock_that_was_set_back_puts_nothing_before_older_messages(on: BusUnderTest, spool: Spool) -> None:
    an_hour_ahead = time.time_ns() + 3_600_000_000_000
    with spool.order_lock(on.queue) as lock:
        os.pwrite(lock, f"{an_hour_ahead:020d}".encode(), 0)
    on.publish([on.message("first")])
    with on.bus.publisher() as publisher:
        publisher.publish([on.message("second")], WAIT)
    names = sorted(os.listdir(spool.queue_folder(on.queue) / "new"))
    assert [int(name) for name in names] == [an_hour_ahead + 1, an_hour_ahead + 2]
    assert on.bodies(2) == ["first", "second"]


def test_processes_that_publish_at_once_lose_nothing_and_keep_their_order(on: BusUnderTest) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=publish_numbered, args=(on.url, on.publisher_name, name, 100)) for name in "abcd"]
    received: list[str] = []

    def take(batch: list[ReceivedMessage]) -> None:
        received.extend(message.body.decode() for message in batch)

    with Receiving(on, take) as receiving:
        for writer in writers:
            writer.start()
        receiving.wait_for(lambda: len(received) >= 400)
    for writer in writers:
        writer.join()
    order = defaultdict(list)
    for body in received:
        order[body[0]].append(int(body[1:]))
    assert dict(order) == {name: list(range(100)) for name in "abcd"}


def test_bindings_that_are_made_at_once_are_all_kept(on: BusUnderTest, spool: Spool) -> None:
    def bind(number: int) -> None:
        own = Spool(spool.root)
        own.routes.bind(on.queue, on.exchange, f"key-{number}")
        own.close()

    threads = [threading.Thread(target=bind, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bindings = spool.routes.exchanges()[on.exchange]["bindings"]
    assert isinstance(bindings, list)
    assert len(bindings) == 21


def test_a_killed_reader_s_claims_return_to_their_places(on: BusUnderTest, spool: Spool) -> None:
    on.publish([on.message(number) for number in range(10)])
    folder = spool.queue_folder(on.queue)
    before = sorted(os.listdir(folder / "new"))
    with ConsumerProcess(on.url, on.queue, hold=True) as consumer:
        consumer.next_body()
        assert sorted(os.listdir(folder / "claimed")) == before
        assert os.listdir(folder / "new") == []
        consumer.kill()
    reader = SpoolReader(spool, on.queue)
    assert [claim.name for claim in reader.claim(100)] == [name + AGAIN for name in before]
    reader.close()


def test_a_link_that_is_given_up_returns_its_claims_too(on: BusUnderTest, spool: Spool) -> None:
    on.publish([on.message("kept")])
    link = open_link(on.url)
    channel = link.channel()
    arrived: list[object] = []
    channel.basic_consume(on.queue, False, arrived.append, "tag")
    link.drain_events(timeout=1)
    assert len(arrived) == 1
    link.collect()
    assert on.foreign.waiting(on.queue) == 1
    assert on.bodies(1) == ["kept"]


def test_rejected_messages_return_to_their_place_or_vanish_as_asked(on: BusUnderTest) -> None:
    on.publish([on.message(number) for number in range(3)])
    with open_link(on.url) as link:
        channel = link.channel()
        tags: list[int] = []
        channel.basic_consume(on.queue, False, lambda message: tags.append(message.delivery_tag), "tag")
        link.drain_events(timeout=1)
        channel.basic_reject(tags[0], requeue=True)
        channel.basic_reject(tags[1], requeue=False)
    assert on.bodies(2) == ["0", "2"]


def test_a_file_that_is_no_message_arrives_as_a_bare_body(on: BusUnderTest, spool: Spool) -> None:
    spool.put([on.queue], b"\xff\xfe nothing of ours")
    spool.put([on.queue], b"[1]\nalso not")
    received = on.receive(2)
    assert [message.body for message in received] == [b"\xff\xfe nothing of ours", b"[1]\nalso not"]
    assert received[0].content_type is None


def test_a_queue_that_was_removed_by_hand_is_made_again_and_its_reader_learns_of_it(
    on: BusUnderTest, spool: Spool
) -> None:
    with on.bus.publisher() as publisher:
        publisher.publish([on.message("gone")], WAIT)
        for path in sorted(spool.queue_folder(on.queue).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        spool.queue_folder(on.queue).rmdir()
        assert publisher.publish([on.message("kept")], WAIT) == [Outcome.CONFIRMED]
    assert on.bus.missing_queues([on.queue]) == {on.queue}
    on.declare()
    assert on.bus.missing_queues([on.queue]) == set()
    assert on.bodies(1) == ["kept"]


def test_what_dead_writers_left_aside_is_removed_after_an_hour(spool: Spool) -> None:
    old, young = spool.root / "aside" / "old", spool.root / "aside" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - LEFTOVER_AGE - 1,) * 2)
    Spool(spool.root).close()
    assert not old.exists()
    assert young.exists()


def test_names_cannot_leave_the_spool(spool: Spool) -> None:
    for name in ("..", "../x", "a/b", "", ".hidden", "a" * 300):
        with pytest.raises(ValueError, match="not a name"):
            spool.queue_folder(name)


def test_the_bindings_are_readable_by_people(on: BusUnderTest, spool: Spool) -> None:
    table = json.loads((spool.root / "bindings.json").read_text())
    assert table[on.exchange] == {"type": "topic", "bindings": [[on.queue, f"{on.publisher_name}.#"]]}


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("membership.#", "membership.person.registered.v1", True),
        ("membership.#", "membership", True),
        ("membership.#", "membershipx.person", False),
        ("#", "anything.at.all", True),
        ("#", "", True),
        ("*", "one", True),
        ("*", "one.two", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.c", False),
        ("a.#.c", "a.c", True),
        ("a.#.c", "a.b.b.c", True),
        ("a.#.c", "a.b.b", False),
        ("#.c", "c", True),
        ("a+b", "aab", False),
    ],
)
def test_topics_match_word_by_word(pattern: str, key: str, expected: bool) -> None:
    assert topic_matches(pattern, key) is expected


def test_an_idle_receiver_costs_little(on: BusUnderTest) -> None:
    more = [BusUnderTest(on.url, on.foreign, consumer_name=on.consumer_name) for _ in range(3)]
    for other in more:
        other.declare()
    with Receiving(on, lambda batch: None, on.queue, *(other.queue for other in more)) as receiving:
        receiving.wait_for(lambda: receiving.receiver.connected)
        used, since = time.process_time(), time.monotonic()
        receiving.wait_for(lambda: time.monotonic() - since > 2)
        share = (time.process_time() - used) / (time.monotonic() - since)
    assert share < 0.1

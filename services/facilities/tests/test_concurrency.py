"""Many at once: threads with their own transactions, and many requests to the real server."""

import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from facilities.bookings.commands import NewBooking, Wish, book
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Taken, Window, peak
from facilities.resources.models import Resource
from facilities.service import SERVICE
from shared.clock import utc_now
from shared.operations.serving import gunicorn_command
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.ports import free_port
from shared.testing.processes import answers, processes, wait_until
from shared.testing.web import bearer

REQUESTS = 200


def at_once(count: int, call: Callable[[int], object]) -> list[object]:
    """Call it from so many threads that all wait for each other first; the results in the order of the threads."""
    barrier = threading.Barrier(count)

    def run(number: int) -> object:
        barrier.wait(timeout=60)
        return call(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def try_to_book(runtime: Runtime, wishes: list[Wish], start: datetime, end: datetime) -> str:
    try:
        with runtime.unit_of_work() as work:
            book(work, NewBooking(wishes, start, end, "party", "x"))
    except Refused as refused:
        return refused.code
    return "booked"


def test_twelve_who_want_one_slot(runtime: Runtime, room: Resource, at: Callable[..., datetime]) -> None:
    outcomes = at_once(12, lambda _: try_to_book(runtime, [Wish(room.id)], at(9), at(10)))
    assert Counter(outcomes) == {"booked": 1, "slot-taken": 11}


def test_a_pool_under_pressure_is_given_out_to_the_last_unit(
    runtime: Runtime, gear: Resource, at: Callable[..., datetime]
) -> None:
    outcomes = at_once(12, lambda n: try_to_book(runtime, [Wish(gear.id, 2)], at(9, n), at(11)))
    assert Counter(outcomes) == {"booked": 5, "not-enough-units": 7}
    with runtime.reading() as session:
        rows = session.scalars(select(Occupancy)).all()
    taken = [Taken(Window(row.blocked_from, row.blocked_until), row.quantity) for row in rows]
    assert peak(taken, Window(at(9), at(11))) == 10


def test_five_rooms_in_random_order_never_wait_in_a_ring(
    runtime: Runtime, resource: Callable[..., Resource], at: Callable[..., datetime]
) -> None:
    rooms = [resource(f"room-{number}").id for number in range(5)]

    def all_five(number: int) -> list[str]:
        mine: list[UUID] = rooms[:]
        random.Random(number).shuffle(mine)
        wishes = [Wish(room) for room in mine]
        return [try_to_book(runtime, wishes, at(9, day=day), at(10, day=day)) for day in range(1, 7)]

    started = time.monotonic()
    outcomes = at_once(8, all_five)
    assert time.monotonic() - started < 20
    assert Counter(one for each in outcomes for one in each) == {"booked": 6, "slot-taken": 42}


@pytest.fixture
def server(runtime: Runtime, tmp_path: Path) -> Iterator[str]:
    """The real application under gunicorn, in a process of its own, on the test's database; gives its address."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    environ = {
        **os.environ,
        "YIZHAN_VAR": str(tmp_path),
        "DATABASE_URL": runtime.settings.database_url,
        "PORT": str(port),
    }
    command = gunicorn_command(SERVICE, Settings.from_environment("facilities", environ))
    with processes(tmp_path) as started:
        started.start("web", command, environ)
        wait_until(lambda: answers(f"{address}/readyz"), 30, "the server to be ready")
        yield address


def test_two_hundred_requests_for_one_slot_book_it_once(runtime: Runtime, room: Resource, server: str) -> None:
    headers = {**bearer(runtime, Grant("officer", "*")), "Content-Type": "application/json"}
    start = utc_now().replace(microsecond=0) + timedelta(days=1)
    body = json.dumps(
        {
            "resource_code": "activity",
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(),
            "title": "Choir",
            "body": "union",
        }
    ).encode()

    def post(_: int) -> tuple[int, str, str]:
        request = urllib.request.Request(f"{server}/api/v1/bookings", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=100) as answer:
                return answer.status, answer.headers["Content-Type"], ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], json.load(error)["code"]

    answers = Counter(at_once(REQUESTS, post))
    assert answers == {
        (201, "application/json", ""): 1,
        (409, "application/problem+json", "slot-taken"): REQUESTS - 1,
    }
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(Occupancy)) == 1

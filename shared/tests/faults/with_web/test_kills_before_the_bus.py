"""Web and timers die around a commit: no state change without its event, no event without its state change."""

import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared.database.leases import database_now
from shared.database.tables import Lease
from shared.staff.models import IdempotencyKey
from shared.testing.delivery import recorded
from shared.testing.example import LATER, Thing
from shared.testing.processes import wait_until

Start = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)
TIMER_POINTS = ("timers.before-run", "timers.before-commit", "timers.after-commit", "timers.after-run")


def things(pair: Any) -> list[str]:
    with pair.runtimes["publisher"].reading() as session:
        return list(session.scalars(select(Thing.name)))


def keys(pair: Any) -> int:
    with pair.runtimes["publisher"].reading() as session:
        return len(session.scalars(select(IdempotencyKey)).all())


def events(pair: Any) -> list[str]:
    return [event.data["name"] for event in recorded(pair.runtimes["publisher"], "thing.named")]


def let_leases_end(pair: Any) -> None:
    """What was held by a process that died is free after a minute; here at once."""
    database = pair.runtimes["publisher"].database
    with database.writing() as session:
        session.execute(update(Lease).values(expires_at=database_now(database.dialect)))


def asked(web: Any, name: str) -> httpx.Response | None:
    """The answer to one POST with a key of its own; None where the connection was lost before one came."""
    try:
        return web.name_thing(name, {"Idempotency-Key": f"key of {name}"})
    except httpx.TransportError:
        return None


@pytest.mark.long
def test_a_request_killed_around_its_commit_happens_once_when_it_is_repeated(
    pair: Any, worker: Start, start_web: Start
) -> None:
    worker("publisher")
    worker("reader")
    web = start_web(YIZHAN_FAULT=pair.fault("web.before-commit"))
    pair.wait_for_bindings()

    assert asked(web, "lamp") is None
    assert (things(pair), events(pair), keys(pair)) == ([], [], 0)
    wait_until(lambda: asked(web, "lamp"), 30, "an answer to the repeated request")
    assert (things(pair), events(pair), keys(pair)) == (["lamp"], ["lamp"], 1)

    web.restart(YIZHAN_FAULT=pair.fault("web.after-commit"))
    assert asked(web, "chair") is None
    assert (sorted(things(pair)), events(pair), keys(pair)) == (["chair", "lamp"], ["lamp", "chair"], 2)
    wait_until(lambda: asked(web, "chair"), 30, "an answer to the repeated request")
    again = asked(web, "chair")
    assert again is not None
    assert (again.status_code, again.json()["name"]) == (201, "chair")
    pair.wait_for(["lamp", "chair"])


@pytest.mark.long
def test_timers_and_relay_killed_at_each_point_leave_state_and_events_together(pair: Any, worker: Start) -> None:
    worker("reader")
    publisher = worker("publisher")
    pair.wait_for_bindings()
    publisher.terminate()
    expected: list[str] = []
    timing = worker("publisher", "timers")
    timing.terminate()
    for point in TIMER_POINTS:
        put_off = [f"{LATER}{point} {number}" for number in (1, 2)]
        for name in put_off:
            pair.name_thing(name)
        let_leases_end(pair)
        timing.restart(YIZHAN_FAULT=pair.fault(point))
        assert timing.wait(30) == -signal.SIGKILL, point
        for name in put_off:
            done = name.removeprefix(LATER)
            assert (done in things(pair)) == (done in events(pair)), point
            expected += [name, done]
    let_leases_end(pair)
    timing.restart()
    wait_until(lambda: not any(name.startswith(LATER) for name in things(pair)), 30, "what was put off")

    publisher.restart(YIZHAN_FAULT=pair.fault("relay.before-publish"))
    assert publisher.wait(30) == -signal.SIGKILL
    assert pair.noted() == []
    publisher.restart()
    pair.wait_for(expected)
    assert sorted(events(pair)) == sorted(expected)


@pytest.mark.long
def test_a_publisher_killed_around_a_page_of_snapshots_answers_all_of_it_once(pair: Any, worker: Start) -> None:
    publisher = worker("publisher")
    names = pair.name_things(5)
    pair.wait_until_published()
    publisher.terminate()
    publisher.restart(YIZHAN_FAULT=pair.fault("snapshots.before-commit"))
    worker("reader")
    assert publisher.wait(60) == -signal.SIGKILL
    publisher.restart(YIZHAN_FAULT=pair.fault("snapshots.after-commit"))
    assert publisher.wait(60) == -signal.SIGKILL
    publisher.restart()
    pair.wait_for([f"snapshot {name}" for name in names])


@pytest.mark.parametrize("roles", ["web", "relay"])
def test_production_does_not_start_with_a_fault(pair: Any, worker: Start, roles: str) -> None:
    process = worker(
        "publisher",
        roles,
        YIZHAN_ENV="production",
        YIZHAN_FAULT="web.after-commit@nowhere",
        SECRET_KEY="s" * 64,
        DATA_KEYS=f"k:{'0' * 64}",
        BLIND_INDEX_KEY="0" * 64,
        PUBLIC_URL="https://publisher.invalid",
    )
    assert process.wait(40) == 1
    assert "production does not start with it" in process.output()

"""The broker forbids a service something: it is said what, the rest goes on, and it heals when it is allowed."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from shared.database.tables import OutboxRow
from shared.deliveries.forbidden import forbidden_now
from shared.forbidden import BIND, CONSUME, DECLARE_EXCHANGE, DECLARE_QUEUE, PUBLISH, SIGN_IN, Forbidden
from shared.identifiers import new_id
from shared.testing.processes import RunningProcess, wait_until

pytestmark = pytest.mark.timeout(300)
QUEUE = "reader.publisher-events"
PUBLISHER_MAY = (r"^publisher\.", r"^publisher\.", r"^publisher\.")
READER_MAY = (r"^reader\.", r"^(reader\.|publisher\.requests$)", r"^(reader|publisher)\.")


def told(pair: Any, service: str) -> set[Forbidden]:
    with pair.runtimes[service].reading() as session:
        return set(forbidden_now(session))


def wait_told(pair: Any, service: str, *expected: Forbidden) -> None:
    wait_until(lambda: told(pair, service) == set(expected), 40, f"{sorted(expected)} told by {service}")


def logged(process: RunningProcess, level: str) -> list[str]:
    lines = [json.loads(line) for line in process.output().splitlines() if line.startswith("{")]
    return [line["message"] for line in lines if line["level"] == level]


def unpublished(pair: Any) -> int:
    waiting = select(func.count()).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
    with pair.runtimes["publisher"].reading() as session:
        return int(session.execute(waiting).scalar_one())


@pytest.mark.long
def test_what_the_broker_forbids_is_told_and_heals_when_it_is_allowed(guarded_pair: Any) -> None:
    pair = guarded_pair
    of_reader = "reader"
    pair.let("publisher", *PUBLISHER_MAY)
    publisher = pair.worker("publisher")
    environ = pair.environ("reader")
    reader = pair.worker("reader", WORKER_PORT=environ["WORKER_PORT"])
    # no permission on the virtual host at all
    wait_told(pair, "reader", Forbidden(SIGN_IN, of_reader))

    # no queue of its own, and an exchange less
    pair.let("reader", r"^reader\.(events|snapshots)$", r"^reader\.", "^$")
    wait_told(
        pair,
        "reader",
        Forbidden(DECLARE_EXCHANGE, of_reader, exchange="reader.requests"),
        Forbidden(DECLARE_QUEUE, of_reader, queue="reader.requests"),
        Forbidden(DECLARE_QUEUE, of_reader, queue=QUEUE),
    )
    # its own queues, but neither reading them nor binding them
    pair.let("reader", r"^reader\.", r"^reader\.", r"^reader\.requests$")
    forbidden = [
        Forbidden(BIND, of_reader, QUEUE, "publisher.events"),
        Forbidden(BIND, of_reader, QUEUE, "publisher.snapshots"),
        Forbidden(CONSUME, of_reader, QUEUE),
    ]
    wait_told(pair, "reader", *forbidden)
    said = httpx.get(f"http://127.0.0.1:{environ['WORKER_PORT']}/readyz", trust_env=False).json()
    assert (said["bindings"], said["receiving"]) == ("incomplete", True)
    assert said["forbidden"] == sorted(map(str, forbidden))

    pair.let("reader", *READER_MAY)
    wait_told(pair, "reader")
    thing = new_id()
    names = [pair.name_thing(f"name {number}", thing) for number in range(3)]
    wait_until(lambda: [name for name in pair.noted() if name in names] == names, 40, "effects")
    errors = logged(reader, "ERROR")
    assert set(map(str, forbidden)) <= set(errors)
    assert len(errors) == len(set(errors)), "each is said once"
    assert "bus is away" not in reader.output()

    # the publisher may publish snapshots and no events; what it records meanwhile waits in its order
    pair.let("publisher", PUBLISHER_MAY[0], r"^publisher\.(requests|snapshots)$", PUBLISHER_MAY[2])
    pair.node.control("close_all_connections", "new permissions")
    names += [pair.name_thing(f"name {number}", thing) for number in range(3, 6)]
    wait_told(pair, "publisher", Forbidden(PUBLISH, "publisher", exchange="publisher.events"))
    names += [pair.name_thing(f"name {number}", thing) for number in range(6, 9)]
    assert unpublished(pair) == 6
    pair.let("publisher", *PUBLISHER_MAY)
    wait_until(lambda: [name for name in pair.noted() if name in names] == names, 40, "effects in their order")
    wait_told(pair, "publisher")
    wait_until(lambda: unpublished(pair) == 0, 20, "nothing left to publish")
    for process in (publisher, reader):
        assert "not-for-any-log" not in process.output()
        assert process.terminate() == 0

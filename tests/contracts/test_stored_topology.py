"""Today's code starts on what the stored release declared on the broker, and would not if an argument had changed."""

import importlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import PreconditionFailed

from shared.bus import Exchange, Topology, connect
from shared.service import Service
from shared.testing.brokers import open_connection
from shared.testing.processes import wait_until
from shared.worker.declaring import topology

CONTRACTS = Path(__file__).parents[2] / "contracts"
STORED = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in CONTRACTS.glob("*/topology.json")}


@pytest.fixture(params=sorted(STORED))
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = importlib.import_module(f"{request.param}.service").SERVICE
    return found


@pytest.fixture
def bus(service: Service, empty_bus: Callable[..., str]) -> Iterator[str]:
    """The stack's bus, on which nobody of this service has declared anything."""
    yield empty_bus(service)
    empty_bus(service)


def declare_as_stored(url: str, stored: dict[str, Any], **arguments: Any) -> None:
    """What the stored release declared: on RabbitMQ by a client of another make; foreign exchanges are not there."""
    own = {exchange["name"] for exchange in stored["exchanges"]}
    if url.startswith("spool"):
        exchanges = tuple(Exchange(each["name"], each["type"]) for each in stored["exchanges"])
        queues = tuple(queue["name"] for queue in stored["queues"])
        connect(url).declare(Topology(stored["service"], exchanges, queues, ()))
        return
    connection = open_connection(url)
    try:
        channel = connection.channel()
        for each in stored["exchanges"]:
            channel.exchange_declare(
                each["name"], each["type"], durable=each["durable"], auto_delete=each["auto_delete"]
            )
        for each in stored["queues"]:
            channel.queue_declare(
                each["name"],
                durable=each["durable"],
                exclusive=each["exclusive"],
                auto_delete=each["auto_delete"],
                arguments={**each["arguments"], **arguments},
            )
        for each in stored["bindings"]:
            if each["exchange"] in own:
                channel.queue_bind(each["queue"], each["exchange"], each["routing_key"])
    finally:
        connection.close()


def test_todays_code_starts_on_what_the_stored_release_made(service: Service, bus: str) -> None:
    declare_as_stored(bus, STORED[service.name])
    declared = topology(service)
    connect(bus).declare(declared)
    stop = threading.Event()
    receiver = connect(bus).receiver(sorted(declared.queues))
    reading = threading.Thread(target=receiver.run, args=(stop, lambda batch: None))
    reading.start()
    try:
        wait_until(lambda: receiver.connected and not receiver.missing_queues, 30, "reading from the stored queues")
    finally:
        stop.set()
        reading.join(20)
    assert not reading.is_alive()


def test_another_argument_or_type_would_stop_it(service: Service, bus: str) -> None:
    if bus.startswith("spool"):
        declare_as_stored(bus, json.loads(json.dumps(STORED[service.name]).replace("topic", "direct")))
    else:
        declare_as_stored(bus, STORED[service.name], **{"x-max-length": 10})
    with pytest.raises((PreconditionFailed, ValueError), match=r"406|is a direct exchange, not topic"):
        connect(bus).declare(topology(service))

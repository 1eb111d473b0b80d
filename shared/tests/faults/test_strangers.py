"""What a stranger may put on the bus: none of it blocks, none of it vanishes, each is shown with its reason."""

import json
import zlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from shared.bus import connect
from shared.database.tables import BoundQueue, InboxRow, RefusedMessage
from shared.identifiers import new_id
from shared.testing.bus_clients import ForeignClient, PikaClient, SpoolClient
from shared.testing.example import PUBLISHER
from shared.testing.processes import wait_until
from shared.worker.declaring import topology

STRUCTURED = "application/cloudevents+json"
EXCHANGE, KEY = "publisher.events", "publisher.thing.named.v1"


def named(name: str, **changes: Any) -> dict[str, Any]:
    thing = str(new_id())
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/services/publisher",
        "type": "org.yizhan.publisher.thing.named.v1",
        "subject": f"thing/{thing}",
        "subjectversion": 1,
        "time": datetime.now(UTC).isoformat(),
        "data": {"thing_id": thing, "name": name},
        **changes,
    }


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def client_of(pair: Any) -> ForeignClient:
    if pair.bus_url.startswith("amqp"):
        return PikaClient(pair.bus_url)
    return SpoolClient(Path(pair.bus_url.removeprefix("spool://")))


def bound(pair: Any) -> bool:
    with pair.runtimes["reader"].reading() as session:
        return len(session.scalars(select(BoundQueue)).all()) == 2


def refused(pair: Any) -> Counter[str]:
    with pair.runtimes["reader"].reading() as session:
        return Counter(session.scalars(select(RefusedMessage.reason)))


def statuses(pair: Any) -> dict[str, str]:
    with pair.runtimes["reader"].reading() as session:
        return {str(row.event_id): row.status for row in session.execute(select(InboxRow.event_id, InboxRow.status))}


def test_whatever_arrives_is_taken_passed_or_refused_with_its_reason(pair: Any) -> None:
    connect(pair.bus_url).declare(topology(PUBLISHER))
    pair.worker("reader")
    wait_until(lambda: bound(pair), 40, "the reader's bindings")
    good, unknown, last = named("good"), named("x"), named("last")
    unknown["type"] = "org.yizhan.publisher.thing.dreamt.v1"
    binary = named("binary")
    attributes = {f"cloudEvents:{name}": str(value) for name, value in binary.items() if name != "data"}
    without_version = named("x")
    del without_version["subjectversion"]
    squeezed = {"compression": "application/x-gzip"}
    client = client_of(pair)
    for body, content_type, encoding, headers in (
        (b"{ this is not json", STRUCTURED, None, None),
        (b"[1, 2]", STRUCTURED, "utf-8", None),
        (b"\xff\xfe\x00", STRUCTURED, "utf-16", None),
        (zlib.compress(b"no event at all"), STRUCTURED, "binary", squeezed),
        (b"\x80\x04N.", "application/x-python-serialize", "binary", None),
        (b"<event/>", "text/xml", None, None),
        (encoded(named("x")), None, None, None),
        (b"", STRUCTURED, None, None),
        (b"x" * 10_000_000, STRUCTURED, None, None),
        (encoded(without_version), STRUCTURED, None, None),
        (encoded(named("x", time="yesterday")), STRUCTURED, None, None),
        (encoded(named("x", source="/services/other")), STRUCTURED, None, None),
        (encoded(good), STRUCTURED, None, None),
        (encoded(good), STRUCTURED, "utf-8", None),
        (encoded({**good, "data": {**good["data"], "name": "changed"}}), STRUCTURED, None, None),
        (encoded(unknown), STRUCTURED, None, None),
        (encoded(binary["data"]), "application/json; charset=utf-8", None, attributes),
        (encoded(last), STRUCTURED, None, None),
    ):
        client.send(EXCHANGE, KEY, body, content_type, encoding, headers)
    taken = {good["id"]: "done", unknown["id"]: "passed", binary["id"]: "done", last["id"]: "done"}
    wait_until(lambda: statuses(pair) == taken, 40, "the good ones")
    assert refused(pair) == {
        "not-json": 4,
        "content-type": 3,
        "empty": 1,
        "too-large": 1,
        "missing-attribute": 1,
        "bad-attribute": 1,
        "foreign-source": 1,
        "id-reused": 1,
    }
    assert sorted(pair.noted()) == ["binary", "good", "last"]
    wait_until(lambda: client.waiting("reader.publisher-events") == 0, 20, "an empty queue")
    client.close()
    with pair.runtimes["reader"].reading() as session:
        large = session.scalars(select(RefusedMessage).where(RefusedMessage.reason == "too-large")).one()
        assert (large.size, len(large.body), large.detail) == (
            10_000_000,
            64_000,
            "10000000 bytes; at most 1000000 are taken",
        )

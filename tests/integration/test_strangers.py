"""What a stranger may send: malformed, unknown, foreign and repeated events. None blocks, none vanishes."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pika
import pytest
from kombu import Connection
from sqlalchemy import select

from shared.database.tables import InboxRow, RefusedMessage
from shared.identifiers import new_id
from shared.testing.brokers import open_connection
from shared.testing.processes import wait_until

pytestmark = pytest.mark.timeout(400)
STRUCTURED = "application/cloudevents+json"


def speak(suite: Any, body: bytes, *, content_type: str = STRUCTURED, message_id: str | None = None) -> None:
    """Publish to membership's exchange: on RabbitMQ with pika, which knows nothing of us; on the spool with kombu."""
    exchange, key = "membership.events", "membership.person.registered.v1"
    if suite.bus_url.startswith("amqp"):
        with open_connection(suite.bus_url) as connection:
            properties = pika.BasicProperties(content_type=content_type, message_id=message_id)
            connection.channel().basic_publish(exchange, key, body, properties)
        return
    with Connection(suite.bus_url) as link:
        channel = link.channel()
        message = channel.prepare_message(body, content_type=content_type, content_encoding="binary", headers={})
        channel.basic_publish(message, exchange=exchange, routing_key=key)


def registered(name: str, **changes: Any) -> dict[str, Any]:
    person = str(new_id())
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/services/membership",
        "type": "org.yizhan.membership.person.registered.v1",
        "subject": f"person/{person}",
        "subjectversion": 1,
        "time": datetime.now(UTC).isoformat(),
        "data": {"person_id": person, "name": name, "sample": False},
        **changes,
    }


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_strangers_are_refused_with_reasons_and_hold_nobody_up(suite: Any) -> None:
    good = registered("李雷")
    without_subject = registered("x")
    del without_subject["subject"]
    other_body = {**good, "data": {**good["data"], "name": "韩梅梅"}}
    speak(suite, b"{ this is not json")
    speak(suite, b"")
    speak(suite, b"<event/>", content_type="text/xml")
    speak(suite, encoded(without_subject))
    speak(suite, encoded(registered("x", source="/services/welfare")))
    speak(suite, encoded(registered("x", subjectversion=0)))
    speak(suite, b"x" * 1_100_000)
    unknown, last = registered("x", type="org.yizhan.membership.person.invented.v1"), registered("最后一个")
    speak(suite, encoded(unknown))
    for _ in range(3):
        speak(suite, encoded(good), message_id=good["id"])
    speak(suite, encoded(other_body))
    speak(suite, encoded(last))

    expected = {
        "not-json": 1,
        "empty": 1,
        "content-type": 1,
        "missing-attribute": 1,
        "foreign-source": 1,
        "bad-attribute": 1,
        "too-large": 1,
        "id-reused": 1,
    }
    # the good one once, the unknown type passed over, and the last one
    ids = [UUID(event["id"]) for event in (good, unknown, last)]
    for consumer in ("activities", "welfare", "notifications"):
        wait_until(lambda consumer=consumer: refused(suite, consumer) == expected, 40, f"refusals in {consumer}")
        wait_until(lambda consumer=consumer: taken(suite, consumer, ids) == 3, 40, f"the good ones in {consumer}")


def refused(suite: Any, consumer: str) -> dict[str, int]:
    with suite.runtimes[consumer].reading() as session:
        reasons = list(session.scalars(select(RefusedMessage.reason)))
    return {reason: reasons.count(reason) for reason in set(reasons)}


def taken(suite: Any, consumer: str, ids: list[UUID]) -> int:
    """How many of these events are worked off or passed over."""
    with suite.runtimes[consumer].reading() as session:
        query = select(InboxRow.event_id).where(InboxRow.event_id.in_(ids), InboxRow.status.in_(("done", "passed")))
        return len(session.scalars(query).all())

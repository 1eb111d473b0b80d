"""Reading an event, and writing the one message that we send: the request for snapshots."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

NAME = "period-report"
"""Who we are on the bus: our queues begin with it, and our requests say that they come from it."""
CONTENT_TYPE = "application/cloudevents+json"


class Malformed(Exception):
    """A message that is no event of the publisher whose queue it came from."""


@dataclass(frozen=True)
class Event:
    """A CloudEvent with what we need of it. ``version`` counts the events of one subject, from 1."""

    id: str
    publisher: str
    name: str
    major: int
    subject: str
    version: int
    time: datetime
    data: dict[str, Any]

    @property
    def noun(self) -> str:
        return self.subject.partition("/")[0]

    @property
    def is_snapshot(self) -> bool:
        return self.name.endswith(".snapshot")


def read(body: bytes, publisher: str) -> Event:
    """The event in a message of ``publisher``'s exchange; Malformed says what is wrong with it."""
    try:
        said = json.loads(body)
        prefix = f"org.yizhan.{publisher}."
        if said["source"] != f"/services/{publisher}" or not said["type"].startswith(prefix):
            raise Malformed(f"{said['source']} does not speak for {publisher}")
        name, _, major = said["type"].removeprefix(prefix).rpartition(".v")
        return Event(
            id=str(uuid.UUID(said["id"])),
            publisher=publisher,
            name=name,
            major=int(major),
            subject=str(said["subject"]),
            version=int(said["subjectversion"]),
            time=datetime.fromisoformat(said["time"]),
            data=dict(said["data"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Malformed(f"{type(problem).__name__}: {problem}") from problem


def snapshot_request(noun: str, queue: str, subject: str | None = None) -> bytes:
    """Ask for the present state of everything called ``noun``, or of one subject; the answers come to ``queue``."""
    request = str(uuid.uuid4())
    said = {
        "specversion": "1.0",
        "id": request,
        "source": f"/services/{NAME}",
        "type": f"org.yizhan.{NAME}.snapshot.requested.v1",
        "subject": f"snapshot-request/{request}",
        "subjectversion": 1,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {"noun": noun, "queue": queue, "subject": subject},
    }
    return json.dumps(said).encode()

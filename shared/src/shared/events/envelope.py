"""The envelope around every event: CloudEvents 1.0 in JSON, with a version counted for each subject.

Writing is done by the outbox alone, reading by the inbox alone; both keep to what is said here. Structured
mode carries everything in the body; binary mode carries the attributes in headers (CloudEvents AMQP binding,
section 3.1, with ``cloudEvents_`` or ``cloudEvents:``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "org.yizhan."
MAX_BODY_BYTES = 1_000_000
_REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "subjectversion")
_HEADER_PREFIXES = ("cloudEvents_", "cloudEvents:")


class Malformed(Exception):
    """A message that is no event of ours. ``reason`` is a stable code, ``detail`` a sentence for staff."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Envelope:
    """One event. ``source`` is ``/services/<name>``, ``subject`` ``<noun>/<uuid>``, versions count from 1."""

    id: UUID
    source: str
    type: str
    subject: str
    subjectversion: int
    time: datetime
    data: Mapping[str, Any]
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    dataschema: str | None = None

    @property
    def publisher(self) -> str:
        return self.source.removeprefix("/services/")

    @property
    def subject_id(self) -> UUID:
        return UUID(self.subject.partition("/")[2])

    def to_json(self) -> str:
        """The structured form, one line, keys in a fixed order."""
        fields: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": rfc3339(self.time),
            "datacontenttype": "application/json",
            "dataschema": self.dataschema,
            "subjectversion": self.subjectversion,
            "correlationid": self.correlationid,
            "causationid": self.causationid,
            "traceparent": self.traceparent,
            "data": dict(self.data),
        }
        present = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(present, ensure_ascii=False, separators=(",", ":"))


def rfc3339(moment: datetime) -> str:
    """An aware time in UTC with a Z, microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse(body: bytes, content_type: str | None, headers: Mapping[str, Any]) -> Envelope:
    """Read a message in structured or binary mode.

    Raises Malformed with one of the reasons ``too-large``, ``empty``, ``not-json``, ``content-type``,
    ``missing-attribute``, ``bad-attribute``.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Malformed("too-large", f"{len(body)} bytes; at most {MAX_BODY_BYTES} are taken")
    if not body:
        raise Malformed("empty", "the message has no body")
    kind = (content_type or "").partition(";")[0].strip().lower()
    document = _json(body, kind)
    if kind != CONTENT_TYPE:
        document = {**_attributes(headers), "data": document}
    missing = [name for name in _REQUIRED if document.get(name) in (None, "")]
    if missing:
        raise Malformed("missing-attribute", f"missing: {', '.join(missing)}")
    return _envelope(document)


def _json(body: bytes, kind: str) -> Any:
    if kind not in (CONTENT_TYPE, "application/json"):
        raise Malformed("content-type", f"content type {kind[:80] or 'missing'} is not taken")
    try:
        document = json.loads(body)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Malformed("not-json", f"the body is not JSON: {type(error).__name__}") from error
    if not isinstance(document, dict):
        raise Malformed("not-json", "the body is not a JSON object")
    return document


def _attributes(headers: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in headers.items():
        for prefix in _HEADER_PREFIXES:
            if str(name).startswith(prefix):
                found[str(name).removeprefix(prefix).lower()] = value
    return found


def _envelope(document: Mapping[str, Any]) -> Envelope:
    try:
        subject = str(document["subject"])
        noun, _, subject_id = subject.partition("/")
        UUID(subject_id)
        time = datetime.fromisoformat(str(document["time"]))
        version = int(document["subjectversion"])
        data = document.get("data")
        if document["specversion"] != "1.0":
            raise ValueError("specversion is not 1.0")
        if not noun or len(subject) > 120 or len(str(document["type"])) > 160:
            raise ValueError("subject or type is malformed")
        if time.tzinfo is None:
            raise ValueError("time has no zone")
        if version < 1 or isinstance(document["subjectversion"], (bool, float)):
            raise ValueError("subjectversion counts from 1")
        if not isinstance(data, dict):
            raise ValueError("data is not an object")
        return Envelope(
            id=UUID(str(document["id"])),
            source=str(document["source"]),
            type=str(document["type"]),
            subject=subject,
            subjectversion=version,
            time=time,
            data=data,
            correlationid=_short(document.get("correlationid")),
            causationid=_short(document.get("causationid")),
            traceparent=_short(document.get("traceparent")),
            dataschema=document.get("dataschema"),
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise Malformed("bad-attribute", str(error)[:200]) from error


def _short(value: Any) -> str | None:
    return None if value is None else str(value)[:80]

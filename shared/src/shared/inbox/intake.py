"""Taking messages in: the envelope is checked, the row inserted, the batch committed; only then may the bus forget.

What cannot be taken in is kept as a refused message in the same commit. Taking the same message in again changes
nothing; the same id with another body is refused and shown.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow, RefusedMessage
from shared.events.envelope import Envelope, Malformed, parse

KEPT_BYTES = 64_000
ANY_SOURCE = "*"
"""For the queue of requests, to which every service may write."""
_KEPT_HEADERS = 40


class Arrived(Protocol):
    """What intake needs to know of a message; the bus hands over its own type."""

    @property
    def queue(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def content_type(self) -> str | None: ...
    @property
    def headers(self) -> Mapping[str, Any]: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def type(self) -> str | None: ...


@dataclass(frozen=True)
class TakenIn:
    """What became of a batch, by numbers."""

    accepted: int
    repeated: int
    refused: int


def take_in(session: Session, messages: Sequence[Arrived], *, sources: Mapping[str, str], now: datetime) -> TakenIn:
    """Insert a batch into the inbox. ``sources`` maps each queue to the only source that may speak there."""
    readable: dict[tuple[str, str], tuple[Arrived, Envelope, bytes]] = {}
    refusals: list[tuple[Arrived, str, str]] = []
    repeated = 0
    for message in messages:
        try:
            envelope = _read(message, sources)
        except Malformed as refusal:
            refusals.append((message, refusal.reason, refusal.detail))
            continue
        digest = _digest(envelope)
        key = (envelope.source, str(envelope.id))
        earlier = readable.get(key)
        if earlier is None:
            readable[key] = (message, envelope, digest)
        elif earlier[2] == digest:
            repeated += 1
        else:
            refusals.append((message, "id-reused", "the same id came with another body"))
    known = _known(session, readable)
    rows = []
    for key, (message, envelope, digest) in readable.items():
        if key not in known:
            rows.append(_row(message, envelope, digest, now))
        elif known[key] == digest:
            repeated += 1
        else:
            refusals.append((message, "id-reused", "the same id came with another body"))
    if rows:
        session.execute(_insert_ignoring(session), rows)
    for message, reason, detail in refusals:
        session.add(_refused(message, reason, detail, now))
    return TakenIn(len(rows), repeated, len(refusals))


def _read(message: Arrived, sources: Mapping[str, str]) -> Envelope:
    envelope = parse(message.body, message.content_type, message.headers)
    expected = sources.get(message.queue)
    if expected == ANY_SOURCE and envelope.source.startswith("/services/"):
        return envelope
    if envelope.source != expected:
        raise Malformed("foreign-source", f"{envelope.source[:80]} may not speak on {message.queue}")
    return envelope


def _digest(envelope: Envelope) -> bytes:
    """A digest of what the event says, the same in structured and binary mode."""
    said = json.dumps(
        [envelope.type, envelope.subject, envelope.subjectversion, envelope.data],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(said.encode()).digest()


def _known(session: Session, readable: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], bytes]:
    if not readable:
        return {}
    ids = [(envelope.source, envelope.id) for _, envelope, _ in readable.values()]
    found = session.execute(
        select(InboxRow.source, InboxRow.event_id, InboxRow.digest).where(
            tuple_(InboxRow.source, InboxRow.event_id).in_(ids)
        )
    )
    return {(source, str(event_id)): digest for source, event_id, digest in found}


def _row(message: Arrived, envelope: Envelope, digest: bytes, now: datetime) -> dict[str, Any]:
    return {
        "source": envelope.source,
        "event_id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "subjectversion": envelope.subjectversion,
        "correlation_id": envelope.correlationid,
        "digest": digest,
        "body": envelope.to_json(),
        "queue": message.queue,
        "received_at": now,
        "status": "waiting",
        "attempts": 0,
        "next_attempt_at": now,
    }


def _insert_ignoring(session: Session) -> Any:
    """An insert that leaves rows alone which another receiver put in between our look and our insert."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(InboxRow).on_conflict_do_nothing(index_elements=["source", "event_id"])


def _refused(message: Arrived, reason: str, detail: str, now: datetime) -> RefusedMessage:
    headers = {str(name)[:80]: str(value)[:300] for name, value in list(message.headers.items())[:_KEPT_HEADERS]}
    return RefusedMessage(
        queue=message.queue,
        received_at=now,
        reason=reason,
        detail=detail[:500],
        message_id=_short(message.message_id),
        type=_short(message.type),
        content_type=_short(message.content_type),
        headers=headers,
        body=message.body[:KEPT_BYTES],
        size=len(message.body),
    )


def _short(value: str | None) -> str | None:
    return None if value is None else str(value)[:200]

"""Taking messages in: the envelope is checked, the row inserted, the batch committed; only then may the bus forget.

What cannot be taken in is kept as a refused message in the same commit. Taking the same message in again changes
nothing; the same id with another body is refused and shown.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import faults
from shared.clock import Clock
from shared.database import Database, database_is_away
from shared.database.tables import InboxRow, RefusedMessage
from shared.events.envelope import CONTENT_TYPE, Envelope, Malformed, parse
from shared.inbox.inserting import insert_new

log = logging.getLogger(__name__)

KEPT_BYTES = 64_000
ANY_SOURCE = "*"
"""For the queue of requests, to which every service may write."""
_KEPT_HEADERS = 40
_REUSED = ("id-reused", "the same id came with another body")
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode

Key = tuple[str, UUID]
"""Source and id of an event."""


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


def take_batch(database: Database, messages: Sequence[Arrived], *, sources: Mapping[str, str], clock: Clock) -> TakenIn:
    """Take a batch in, in one transaction; raises only when the database is away.

    Where a message makes the database refuse the whole batch, each is taken alone, and that one is refused. So it is
    where another receiver takes the same messages in another order at the same time, and the two would deadlock.
    """
    try:
        with database.writing() as session:
            taken = take_in(session, messages, sources=sources, now=clock())
            faults.reach("receive.before-commit")
    except Exception as error:
        if database_is_away(error):
            raise
        log.warning("a batch is taken in one by one", extra={"error": type(error).__name__})
        each = [_take_alone(database, message, sources, clock()) for message in messages]
        taken = TakenIn(*(sum(numbers) for numbers in zip(*map(astuple, each), strict=True)))
    faults.reach("receive.after-commit")
    return taken


def _take_alone(database: Database, message: Arrived, sources: Mapping[str, str], now: datetime) -> TakenIn:
    try:
        with database.writing() as session:
            return take_in(session, [message], sources=sources, now=now)
    except Exception as error:
        if database_is_away(error):
            raise
        with database.writing() as session:
            session.add(_refused(message, "not-storable", f"it could not be stored: {type(error).__name__}", now))
        return TakenIn(0, 0, 1)


def take_in(session: Session, messages: Sequence[Arrived], *, sources: Mapping[str, str], now: datetime) -> TakenIn:
    """Insert a batch into the inbox. ``sources`` maps each queue to the only source that may speak there."""
    rows: dict[Key, dict[str, Any]] = {}
    taken: dict[Key, Arrived] = {}
    refusals: list[tuple[Arrived, str, str]] = []
    repeated = 0
    for message in messages:
        try:
            envelope = _read(message, sources)
        except Malformed as refusal:
            refusals.append((message, refusal.reason, refusal.detail))
            continue
        digest = _digest(envelope)
        key = (envelope.source, envelope.id)
        earlier = rows.get(key)
        if earlier is None:
            rows[key], taken[key] = _row(message, envelope, digest), message
        elif earlier["digest"] == digest:
            repeated += 1
        else:
            refusals.append((message, *_REUSED))
    inserted = insert_new(session, list(rows.values()), now)
    if inserted < len(rows):
        # Some were known. Which ones matters only where the same id says something else.
        known = _known_digests(session, rows)
        differing = [key for key, row in rows.items() if known[key] != row["digest"]]
        refusals += [(taken[key], *_REUSED) for key in differing]
        repeated += len(rows) - inserted - len(differing)
    for message, reason, detail in refusals:
        session.add(_refused(message, reason, detail, now))
    return TakenIn(inserted, repeated, len(refusals))


def _read(message: Arrived, sources: Mapping[str, str]) -> Envelope:
    envelope = parse(message.body, message.content_type, message.headers)
    for name in ("type", "subject", "correlationid"):
        value = getattr(envelope, name)
        if value is not None and not value.isprintable():
            raise Malformed("bad-attribute", f"{name} holds characters that nobody can print")
    expected = sources.get(message.queue)
    if expected == ANY_SOURCE and envelope.source.startswith("/services/"):
        return envelope
    if envelope.source != expected:
        raise Malformed("foreign-source", f"{envelope.source[:80]} may not speak on {message.queue}")
    return envelope


def _digest(envelope: Envelope) -> bytes:
    """A digest of what the event says, the same in structured and binary mode."""
    said = _ENCODE([envelope.type, envelope.subject, envelope.subjectversion, envelope.data])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _known_digests(session: Session, keys: Iterable[Key]) -> dict[Key, bytes]:
    by_source: dict[str, list[UUID]] = {}
    for source, event_id in keys:
        by_source.setdefault(source, []).append(event_id)
    found: dict[Key, bytes] = {}
    for source, ids in by_source.items():
        chosen = select(InboxRow.event_id, InboxRow.digest).where(InboxRow.source == source, InboxRow.event_id.in_(ids))
        found.update({(source, row.event_id): row.digest for row in session.execute(chosen)})
    return found


def _row(message: Arrived, envelope: Envelope, digest: bytes) -> dict[str, Any]:
    return {
        "source": envelope.source,
        "event_id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "subjectversion": envelope.subjectversion,
        "correlation_id": envelope.correlationid,
        "digest": digest,
        "body": _body(message, envelope),
        "queue": message.queue,
    }


def _body(message: Arrived, envelope: Envelope) -> str:
    """The structured form, as it came where it came so."""
    if (message.content_type or "").startswith(CONTENT_TYPE):
        try:
            return message.body.decode()
        except UnicodeDecodeError:
            # JSON in UTF-16 or UTF-32 is JSON too.
            pass
    return envelope.to_json()


def _refused(message: Arrived, reason: str, detail: str, now: datetime) -> RefusedMessage:
    headers = {_text(name, 80): _text(value, 300) for name, value in list(message.headers.items())[:_KEPT_HEADERS]}
    return RefusedMessage(
        queue=message.queue,
        received_at=now,
        reason=reason,
        detail=_text(detail, 500),
        message_id=_short(message.message_id),
        type=_short(message.type),
        content_type=_short(message.content_type),
        headers=headers,
        body=message.body[:KEPT_BYTES],
        size=len(message.body),
    )


def _short(value: str | None) -> str | None:
    return None if value is None else _text(value, 200)


def _text(value: object, length: int) -> str:
    """Text that every database stores: half characters and NUL, which a stranger may send, are shown as unknown."""
    return str(value).encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:length]

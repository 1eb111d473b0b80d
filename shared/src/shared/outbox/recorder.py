"""Writing events into the outbox, in the transaction that changes the state they speak of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from shared.database.engine import dialect_of, insert_on
from shared.database.tables import OutboxRow, SubjectVersion
from shared.events.declaration import EventType
from shared.events.envelope import MAX_BODY_BYTES, Envelope
from shared.identifiers import new_id
from shared.texts import places_with_nul

if TYPE_CHECKING:
    from shared.database.unit_of_work import UnitOfWork
    from shared.outbox.first_events import Occasion

_INSERT = insert(OutboxRow.__table__)  # type: ignore[arg-type]


class EventTooLarge(Exception):
    """An event was recorded that no receiver would take: what belongs to it has to be told in several."""


class UnstorableText(Exception):
    """An event was recorded with U+0000 in a text: on PostgreSQL whoever keeps that text would fail for ever."""


def record(
    work: "UnitOfWork",
    event_type: EventType,
    subject_id: UUID,
    data: Mapping[str, Any],
    *,
    time: datetime | None = None,
) -> Envelope:
    """Record an event of this service about one subject; see UnitOfWork.record."""
    subject = f"{event_type.subject}/{subject_id}"
    envelope = _envelope(work, event_type, subject, next_version(work, subject), data, time=time)
    work.session.execute(_INSERT, _row(work, event_type, envelope))
    return envelope


def record_all(
    work: "UnitOfWork", event_type: EventType, told: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[Envelope]:
    """Record one event of each of several subjects; see UnitOfWork.record_all."""
    subjects = [f"{event_type.subject}/{subject_id}" for subject_id, _ in told]
    if len(set(subjects)) != len(subjects):
        raise ValueError(f"several events of one subject at once: {event_type.name}")
    if not told:
        return []
    counted = work.session.execute(_counting_all(dialect_of(work.session)), [{"subject": one} for one in subjects])
    versions = {row.subject: row.version for row in counted}
    envelopes = [
        _envelope(work, event_type, subject, versions[subject], data)
        for subject, (_, data) in zip(subjects, told, strict=True)
    ]
    work.session.execute(_INSERT, [_row(work, event_type, each) for each in envelopes])
    return envelopes


def record_twins(
    work: "UnitOfWork",
    subject_id: UUID,
    twins: Sequence[tuple[EventType, Mapping[str, Any]]],
    *,
    time: datetime | None = None,
) -> list[Envelope]:
    """Record one event in several major versions; see UnitOfWork.record_twins."""
    ordered = sorted(twins, key=lambda twin: twin[0].version)
    kinds = [event_type for event_type, _ in ordered]
    if len({(kind.service, kind.name, kind.subject, kind.exchange) for kind in kinds}) != 1:
        raise ValueError(f"not majors of one event: {', '.join(kind.routing_key for kind in kinds) or 'none'}")
    if len({kind.version for kind in kinds}) != len(kinds):
        raise ValueError(f"the same major twice: {', '.join(kind.routing_key for kind in kinds)}")
    subject = f"{kinds[0].subject}/{subject_id}"
    version = next_version(work, subject)
    envelopes = [_envelope(work, kind, subject, version, data, time=time) for kind, data in ordered]
    rows = [_row(work, kind, envelope) for kind, envelope in zip(kinds, envelopes, strict=True)]
    work.session.execute(_INSERT, rows)
    return envelopes


def record_snapshots(
    work: "UnitOfWork", event_type: EventType, states: Sequence[tuple[UUID, Mapping[str, Any]]], *, queue: str
) -> int:
    """Record the present states of subjects for one consumer's queue, each under its subject's present version.

    Versions and states must be of one moment: read in one snapshot of the database, or under locks on the versions.
    A subject about which nothing was ever recorded is left out. Returns how many were recorded.
    """
    subjects = [f"{event_type.subject}/{subject_id}" for subject_id, _ in states]
    found = work.session.execute(
        select(SubjectVersion.subject, SubjectVersion.version).where(SubjectVersion.subject.in_(subjects))
    )
    versions = {row.subject: row.version for row in found}
    envelopes = [
        _envelope(work, event_type, subject, versions[subject], data)
        for subject, (_, data) in zip(subjects, states, strict=True)
        if subject in versions
    ]
    if envelopes:
        work.session.execute(_INSERT, [_row(work, event_type, each, routing_key=queue) for each in envelopes])
    return len(envelopes)


def record_request(
    work: "UnitOfWork",
    publisher: str,
    event_type: EventType,
    data: Mapping[str, Any],
    *,
    request_id: UUID | None = None,
    version: int = 1,
) -> Envelope:
    """Record a request to another service, published on its request exchange.

    Requests of the same id are taken in the order of their versions.
    """
    envelope = _envelope(work, event_type, f"{event_type.subject}/{request_id or new_id()}", version, data)
    work.session.execute(_INSERT, _row(work, event_type, envelope, exchange=f"{publisher}.requests"))
    return envelope


def next_version(work: "UnitOfWork", subject: str) -> int:
    """The subject's next version; its row is locked from here to the end of the transaction."""
    statement = _counting(dialect_of(work.session))
    return int(work.session.execute(statement, {"subject": subject}).scalar_one())


@cache
def _counting(dialect: str) -> Any:
    """The statement that counts a subject's versions, built once: building it costs more than running it."""
    table = SubjectVersion.__table__
    return (
        insert_on(dialect)(table)
        .values(subject=bindparam("subject"), version=1)
        .on_conflict_do_update(index_elements=["subject"], set_={"version": table.c.version + 1})
        .returning(table.c.version)
    )


@cache
def _counting_all(dialect: str) -> Any:
    """The same for many subjects, each of which it names beside its version."""
    table = SubjectVersion.__table__
    return (
        insert_on(dialect)(table)
        .values(version=1)
        .on_conflict_do_update(index_elements=["subject"], set_={"version": table.c.version + 1})
        .returning(table.c.subject, table.c.version)
    )


def outbox_row(
    occasion: "Occasion", event_type: EventType, subject: str, version: int, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The row of an event, for a statement that writes it together with the subject's version."""
    return _row(occasion, event_type, _envelope(occasion, event_type, subject, version, data))


def _envelope(
    work: "UnitOfWork | Occasion",
    event_type: EventType,
    subject: str,
    version: int,
    data: Mapping[str, Any],
    *,
    time: datetime | None = None,
) -> Envelope:
    return Envelope(
        id=new_id(),
        source=f"/services/{work.service}",
        type=event_type.type,
        subject=subject,
        subjectversion=version,
        time=time or work.now,
        data=event_type.check(data),
        correlationid=work.correlation_id,
        causationid=work.causation_id,
        traceparent=work.traceparent,
        dataschema=event_type.schema_path,
    )


def _row(
    work: "UnitOfWork | Occasion",
    event_type: EventType,
    envelope: Envelope,
    *,
    exchange: str | None = None,
    routing_key: str | None = None,
) -> dict[str, Any]:
    body = envelope.to_json()
    if len(body.encode()) > MAX_BODY_BYTES:
        raise EventTooLarge(f"{envelope.type}: {len(body.encode())} bytes; receivers take at most {MAX_BODY_BYTES}")
    if "\\u0000" in body and (places := places_with_nul(envelope.data)):
        raise UnstorableText(f"{envelope.type}: U+0000 in {', '.join(places)}")
    return {
        "event_id": envelope.id,
        "exchange": exchange or event_type.exchange,
        "routing_key": routing_key or event_type.routing_key,
        "type": envelope.type,
        "subject": envelope.subject,
        "subjectversion": envelope.subjectversion,
        "correlation_id": work.correlation_id,
        "causation_id": work.causation_id,
        "body": body,
        "recorded_at": work.recorded_at,
    }

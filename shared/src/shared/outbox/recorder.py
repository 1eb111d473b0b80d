"""Writing events into the outbox, in the transaction that changes the state they speak of."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.database.tables import OutboxRow, SubjectVersion
from shared.events.declaration import EventType
from shared.events.envelope import Envelope
from shared.identifiers import new_id

if TYPE_CHECKING:
    from shared.database.unit_of_work import UnitOfWork

_INSERT = insert(OutboxRow.__table__)  # type: ignore[arg-type]


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
    return _write(work, event_type, subject, next_version(work, subject), data, time=time)


def record_snapshot(
    work: "UnitOfWork",
    event_type: EventType,
    subject_id: UUID,
    data: Mapping[str, Any],
    *,
    queue: str,
) -> Envelope | None:
    """Record the present state of a subject for one consumer's queue, under the subject's present version.

    The version row is locked while the state is read, so a snapshot never speaks of a later version than it
    carries. None when nothing was ever recorded about the subject.
    """
    subject = f"{event_type.subject}/{subject_id}"
    version = work.session.execute(
        select(SubjectVersion.version).where(SubjectVersion.subject == subject)
    ).scalar_one_or_none()
    if version is None:
        return None
    return _write(work, event_type, subject, version, data, routing_key=queue)


def record_request(work: "UnitOfWork", publisher: str, event_type: EventType, data: Mapping[str, Any]) -> Envelope:
    """Record a request to another service, published on its request exchange."""
    request_id = new_id()
    return _write(
        work,
        event_type,
        f"{event_type.subject}/{request_id}",
        1,
        data,
        exchange=f"{publisher}.requests",
    )


def next_version(work: "UnitOfWork", subject: str) -> int:
    """The subject's next version; its row is locked from here to the end of the transaction."""
    statement = _counting(work.session.get_bind().dialect.name)
    return int(work.session.execute(statement, {"subject": subject}).scalar_one())


@cache
def _counting(dialect: str) -> Any:
    """The statement that counts a subject's versions, built once: building it costs more than running it."""
    upsert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = SubjectVersion.__table__
    return (
        upsert(table)
        .values(subject=bindparam("subject"), version=1)
        .on_conflict_do_update(index_elements=["subject"], set_={"version": table.c.version + 1})
        .returning(table.c.version)
    )


def _write(
    work: "UnitOfWork",
    event_type: EventType,
    subject: str,
    version: int,
    data: Mapping[str, Any],
    *,
    time: datetime | None = None,
    exchange: str | None = None,
    routing_key: str | None = None,
) -> Envelope:
    envelope = Envelope(
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
    work.session.execute(
        _INSERT,
        {
            "event_id": envelope.id,
            "exchange": exchange or event_type.exchange,
            "routing_key": routing_key or event_type.routing_key,
            "type": event_type.type,
            "subject": subject,
            "subjectversion": version,
            "correlation_id": work.correlation_id,
            "causation_id": work.causation_id,
            "body": envelope.to_json(),
            "recorded_at": work.recorded_at,
        },
    )
    return envelope

"""One command, one transaction: the state change, its events and its audit rows commit together or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import AuditRow
from shared.events.declaration import EventType
from shared.events.envelope import Envelope
from shared.principal import SYSTEM, Principal


class UnitOfWork:
    """What a command works with: a session inside its transaction, the time, the actor, and the way to publish.

    ``now`` is one moment for the whole command and may lie in the past; ``recorded_at`` is when it was carried out.
    ``correlation_id`` names the request or the event chain that this belongs to, ``causation_id`` the event that led
    here.
    """

    def __init__(
        self,
        session: Session,
        *,
        service: str,
        now: datetime,
        correlation_id: str,
        actor: Principal = SYSTEM,
        causation_id: str | None = None,
        traceparent: str | None = None,
        recorded_at: datetime | None = None,
    ) -> None:
        self.session = session
        self.service = service
        self.now = now
        self.recorded_at = recorded_at or now
        self.actor = actor
        self.correlation_id = correlation_id
        self.causation_id = causation_id
        self.traceparent = traceparent
        self.recorded = 0

    def record(
        self,
        event_type: EventType,
        subject_id: UUID,
        data: Mapping[str, Any],
        *,
        time: datetime | None = None,
    ) -> Envelope:
        """Write an event into the outbox of this transaction: the only way to publish.

        The data is held against the event's schema (NotAsDeclared) and against what receivers take (EventTooLarge,
        above a million bytes; UnstorableText, with U+0000 in a text). The subject's version grows by one and stays
        locked until this transaction ends, so that the events of one subject are published in their order.
        """
        from shared.outbox.recorder import record

        self.recorded += 1
        return record(self, event_type, subject_id, data, time=time)

    def record_all(self, event_type: EventType, told: Sequence[tuple[UUID, Mapping[str, Any]]]) -> list[Envelope]:
        """Write one event of each of many subjects, which costs two statements for all of them.

        Published in this order. Raises ValueError when a subject comes twice, else as ``record``.
        """
        from shared.outbox.recorder import record_all

        self.recorded += len(told)
        return record_all(self, event_type, told)

    def record_twins(
        self,
        subject_id: UUID,
        *twins: tuple[EventType, Mapping[str, Any]],
        time: datetime | None = None,
    ) -> list[Envelope]:
        """Write one event in several major versions, as long as some consumer still reads an old one.

        Each twin has an id of its own; all have the same subjectversion, so that a consumer, which declares one
        major, counts the event once. Returned, and published, in the order of the majors. Raises ValueError when
        these are not different majors of one event, else as ``record``.
        """
        from shared.outbox.recorder import record_twins

        self.recorded += len(twins)
        return record_twins(self, subject_id, twins, time=time)

    def audit(self, action: str, subject: str, **facts: Any) -> None:
        """Note who did what to ``<noun>/<id>``, in this transaction. Facts hold no personal data."""
        self.session.add(
            AuditRow(
                at=self.now,
                actor=self.actor.key,
                actor_name=self.actor.name[:120],
                action=action,
                subject=subject,
                facts=facts,
                correlation_id=self.correlation_id,
            )
        )

    def lock(self, model: type[Any], key: Any) -> Any | None:
        """The row with this primary key, locked until the end of the transaction, or None."""
        [column] = model.__table__.primary_key.columns
        return self.session.execute(
            select(model).where(column == key).with_for_update().execution_options(populate_existing=True)
        ).scalar_one_or_none()

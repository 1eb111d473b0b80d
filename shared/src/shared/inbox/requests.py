"""Asking another service for snapshots, and answering such requests.

A request travels through the outbox to the publisher's request exchange; the answer is one snapshot event for each
subject, sent to the asking queue alone.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields, validate
from sqlalchemy import select

from shared.database import UnitOfWork
from shared.database.tables import SubjectVersion
from shared.events.declaration import EventType
from shared.inbox.reactions import Reactions
from shared.outbox.recorder import record_request, record_snapshot
from shared.service import Service

PAGE = 200


class SnapshotRequest(Schema):
    """Which noun is asked for, into which queue; ``subject`` for one alone, ``after`` where a page goes on."""

    class Meta:
        unknown = EXCLUDE

    noun = fields.String(required=True, validate=validate.Length(1, 40))
    queue = fields.String(required=True, validate=validate.Length(3, 120))
    subject = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))


def request_type(service: str) -> EventType:
    """The event type by which a service asks another one for snapshots."""
    return EventType(
        service=service,
        name="snapshot.requested",
        version=1,
        schema=SnapshotRequest,
        meaning="A consumer asks for the present state of a noun, or of one subject.",
        example={"noun": "person", "queue": f"{service}.membership-events", "subject": None},
        subject="snapshot-request",
        exchange="",
    )


def ask_for_snapshot(
    work: UnitOfWork, service: Service, reactions: Reactions, *, noun: str, subject: str | None = None
) -> None:
    """Ask the publisher of these reactions for the snapshots of a noun, or of one subject."""
    record_request(
        work,
        reactions.publisher,
        request_type(service.name),
        {"noun": noun, "queue": service.queue(reactions), "subject": subject},
    )


def answer(work: UnitOfWork, service: Service, asker: str, request: Mapping[str, Any]) -> int:
    """Record the snapshots that were asked for; returns how many.

    The versions are locked before the states are read, so no snapshot is older than the version it carries. Raises
    ValueError when the noun is unknown or the queue is not one of the asker's.
    """
    noun, queue, subject = request["noun"], request["queue"], request["subject"]
    if not queue.startswith(f"{asker}."):
        raise ValueError(f"{asker} asked for another service's queue")
    provider = service.snapshots.get(noun)
    if provider is None:
        raise ValueError(f"there are no snapshots of {noun[:40]!r}")
    event_type = service.registry.find(f"{noun}.snapshot")
    only = UUID(subject.partition("/")[2]) if subject else None
    after: UUID | None = None
    sent = 0
    while True:
        found = provider(work.session, after, only, PAGE)
        if not found:
            return sent
        names = [f"{event_type.subject}/{subject_id}" for subject_id, _ in found]
        work.session.execute(
            select(SubjectVersion.subject)
            .where(SubjectVersion.subject.in_(names))
            .order_by(SubjectVersion.subject)
            .with_for_update(read=True)
        )
        work.session.expire_all()
        for subject_id, data in provider(work.session, after, only, PAGE):
            sent += record_snapshot(work, event_type, subject_id, data, queue=queue) is not None
        after = found[-1][0]
        if only is not None:
            return sent

"""Asking another service for what it knows: for snapshots, or for events that got lost on the way, once more.

A request travels through the outbox to the publisher's request exchange. What it asks for comes to the asking queue
alone: one snapshot event for each subject, or the recorded events under their own ids.
"""

from collections.abc import Sequence
from datetime import datetime

from marshmallow import EXCLUDE, Schema, fields, validate

from shared.database import UnitOfWork
from shared.events.declaration import EventType
from shared.identifiers import new_id
from shared.inbox.reactions import Reactions
from shared.outbox.recorder import record_request
from shared.service import Service


class SnapshotRequest(Schema):
    """Which noun is asked for, into which queue; ``subject`` for one alone."""

    class Meta:
        unknown = EXCLUDE

    noun = fields.String(required=True, validate=validate.Length(1, 40))
    queue = fields.String(required=True, validate=validate.Length(3, 120))
    subject = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))


class ReplayRequest(Schema):
    """From when on the recorded events of an exchange are asked for once more, and into which queue.

    ``exchange`` defaults to the publisher's events. What it recorded so long ago that it dropped the bodies does not
    come again.
    """

    class Meta:
        unknown = EXCLUDE

    queue = fields.String(required=True, validate=validate.Length(3, 120))
    since = fields.AwareDateTime(required=True)
    exchange = fields.String(load_default=None, allow_none=True, validate=validate.Length(3, 80))


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


def replay_type(service: str) -> EventType:
    """The event type by which a service asks another one for its events of late, once more."""
    return EventType(
        service=service,
        name="replay.requested",
        version=1,
        schema=ReplayRequest,
        meaning="A consumer lost what waited in its queue, and asks for the events since then once more.",
        example={"queue": f"{service}.membership-events", "since": "2026-11-23T00:50:00Z", "exchange": None},
        # The noun of the requests for snapshots: those that follow a replay count on in its subject.
        subject="snapshot-request",
        exchange="",
    )


def ask_for_snapshot(
    work: UnitOfWork, service: Service, reactions: Reactions, *, noun: str, subject: str | None = None
) -> None:
    """Ask the publisher of these reactions for the snapshots of a noun, or of one subject."""
    data = {"noun": noun, "queue": service.queue(reactions), "subject": subject}
    record_request(work, reactions.publisher, request_type(service.name), data)


def ask_for_replay(
    work: UnitOfWork, service: Service, reactions: Reactions, *, since: datetime, then: Sequence[str] = ()
) -> None:
    """Ask the publisher of these reactions for its recorded events since then, in their order, into their queue.

    ``then`` names nouns whose snapshots are to follow. They are requests of the same subject, which are taken in their
    order: a snapshot that came first would make the lost events late, and they would have no effects.
    """
    request_id, queue = new_id(), service.queue(reactions)
    replay = {"queue": queue, "since": since, "exchange": reactions.exchange}
    record_request(work, reactions.publisher, replay_type(service.name), replay, request_id=request_id)
    for version, noun in enumerate(then, start=2):
        data = {"noun": noun, "queue": queue, "subject": None}
        kind = request_type(service.name)
        record_request(work, reactions.publisher, kind, data, request_id=request_id, version=version)

"""Taking the answers of the other services."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields

from membership.acknowledgements.models import Acknowledgement
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.former_people import merged_ids, people_forgotten
from shared.inbox import Reactions, ReceivedEvent


class CountNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    what = fields.String(required=True)
    count = fields.Integer(required=True)


class DoneNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    counts = fields.List(fields.Nested(CountNeeded), load_default=list)


class CheckedNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    request_id = fields.UUID(required=True)
    still_open = fields.List(fields.Nested(CountNeeded), load_default=list)


def follow_answers(reactions: Reactions) -> None:
    """Let the reactions to a service's events take its answers down."""

    def merged(work: UnitOfWork, event: ReceivedEvent) -> None:
        _keep(work, "merge", event.data["person_id"], reactions.publisher, event.data["counts"])

    def erased(work: UnitOfWork, event: ReceivedEvent) -> None:
        """All that was said of the person before the erasure is published by now: what it said is forgotten here."""
        person_id = event.data["person_id"]
        _keep(work, "erasure", person_id, reactions.publisher, event.data["counts"])
        people_forgotten(work.session, [person_id, *merged_ids(work.session, person_id)])

    def checked(work: UnitOfWork, event: ReceivedEvent) -> None:
        _keep(work, "check", event.data["request_id"], reactions.publisher, event.data["still_open"])

    for name in ("merge.done", "merge.snapshot"):
        reactions.on(name, needs=DoneNeeded)(merged)
    for name in ("erasure.done", "erasure.snapshot"):
        reactions.on(name, needs=DoneNeeded)(erased)
    reactions.on("erasure.checked", needs=CheckedNeeded)(checked)


def _keep(work: UnitOfWork, kind: str, matter_id: UUID, service: str, counts: Iterable[Mapping[str, Any]]) -> None:
    """The newest answer counts: a snapshot says the same once more."""
    said = {one["what"]: one["count"] for one in counts}
    values = {"kind": kind, "matter_id": matter_id, "service": service, "counts": said, "answered_at": work.now}
    insert = insert_on(dialect_of(work.session))(Acknowledgement).values(**values)
    work.session.execute(
        insert.on_conflict_do_update(
            index_elements=["kind", "matter_id", "service"], set_={"counts": said, "answered_at": work.now}
        )
    )

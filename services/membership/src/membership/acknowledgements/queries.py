"""Who has answered, who has not."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.acknowledgements.models import SERVICES, Acknowledgement
from membership.acknowledgements.rules import Answer


def answers(session: Session, kind: str, matter_id: UUID) -> list[Answer]:
    """One for each service that is asked, whether it answered or not."""
    query = select(Acknowledgement).where(Acknowledgement.kind == kind, Acknowledgement.matter_id == matter_id)
    found = {row.service: row for row in session.scalars(query)}
    return [
        Answer(service, found[service].answered_at, found[service].counts)
        if service in found
        else Answer(service, None, {})
        for service in SERVICES
    ]


def answered_counts(session: Session, kind: str, matters: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many services answered, by matter."""
    query = select(Acknowledgement.matter_id, func.count()).where(
        Acknowledgement.kind == kind, Acknowledgement.matter_id.in_(matters), Acknowledgement.service.in_(SERVICES)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Acknowledgement.matter_id))}

"""Short questions to the service's tables, for tests."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from notifications.messages.models import Message, MessageStep, Notice
from shared.database.leases import database_now
from shared.runtime import Runtime


def messages(runtime: Runtime, person_id: UUID | None = None) -> list[Message]:
    with runtime.reading() as session:
        chosen = select(Message).options(joinedload(Message.notice)).order_by(Message.id)
        if person_id is not None:
            chosen = chosen.where(Message.person_id == person_id)
        return list(session.scalars(chosen))


def notices(runtime: Runtime) -> list[Notice]:
    with runtime.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def end_leases(runtime: Runtime) -> None:
    """As if the time of every sender, and of every question to a gateway, were over; without waiting for it."""
    with runtime.database.writing() as session:
        session.execute(
            update(Message)
            .where(Message.state.in_(("sending", "unknown")))
            .values(due_at=database_now(runtime.database.dialect))
        )


def states(runtime: Runtime) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(Counter(message.state for message in messages(runtime)))


def steps(runtime: Runtime, kind: str | None = None) -> list[dict[str, Any]]:
    """The timeline lines, oldest first, as mappings with kind and facts."""
    with runtime.reading() as session:
        rows = session.scalars(select(MessageStep).order_by(MessageStep.id)).all()
    return [{"kind": row.kind, **row.facts} for row in rows if kind in (None, row.kind)]

"""Short questions to the service's tables, for tests."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from notifications.messages.models import Message, MessageStep, Notice
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


def states(runtime: Runtime) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(Counter(message.state for message in messages(runtime)))


def steps(runtime: Runtime, kind: str | None = None) -> list[dict[str, Any]]:
    """The timeline lines, oldest first, as mappings with kind and facts."""
    with runtime.reading() as session:
        rows = session.scalars(select(MessageStep).order_by(MessageStep.id)).all()
    return [{"kind": row.kind, **row.facts} for row in rows if kind in (None, row.kind)]

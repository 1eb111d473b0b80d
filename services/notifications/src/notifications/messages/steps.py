"""Writing the timeline."""

from typing import Any
from uuid import UUID

from notifications.messages.models import MessageStep
from shared.database import UnitOfWork


def add_step(work: UnitOfWork, notice_id_: UUID, kind: str, message: UUID | None = None, **facts: Any) -> MessageStep:
    """One line of the timeline of a notice or of one of its messages."""
    step = MessageStep(notice_id=notice_id_, message_id=message, at=work.now, kind=kind, facts=facts)
    work.session.add(step)
    return step

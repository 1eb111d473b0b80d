"""What was answered from a number."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.replies.models import SmsReply

SHOWN = 20


def replies_from(session: Session, phone: str | None) -> Sequence[SmsReply]:
    """The latest answers from a number, newest first."""
    if not phone:
        return []
    chosen = select(SmsReply).where(SmsReply.phone == phone).order_by(SmsReply.id.desc()).limit(SHOWN)
    return session.scalars(chosen).all()

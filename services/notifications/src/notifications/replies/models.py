"""Answers to SMS, each once."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base
from shared.database.types import BigId, UtcDateTime


class SmsReply(Base):
    """One answer, however often its gateway tells it. `word` is the one that ended something; any other text is not
    kept. `people` is how many had that number then."""

    __tablename__ = "sms_replies"
    __table_args__ = (
        UniqueConstraint("provider", "reply_key"),
        Index("ix_sms_replies_phone", "phone"),
        Index("ix_sms_replies_taken_at", "taken_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    provider: Mapped[str] = mapped_column(String(40))
    reply_key: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(20))
    word: Mapped[str | None] = mapped_column(String(20))
    people: Mapped[int]
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""What every process knows of each provider, and the texts that a provider approved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from notifications.tables import Base
from notifications.wording.models import TemplateVersion
from shared.database.types import Json, UtcDateTime, Uuid


class Provider(Base):
    """One provider's state, shared by all senders.

    `circuit`: closed (in use), open (left alone until `next_try_at`), probing (one message is on its way to see
    whether it is back). `failures` counts those in a row, `openings` how often the circuit opened in a row; `code`
    is what it said last when it failed. `rate` is how many messages a second it may be given (None: no limit),
    `burst` how many of them at once; `tokens` are what was left of them at `filled_at`.
    """

    __tablename__ = "providers"
    __table_args__ = (
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint("circuit IN ('closed', 'open', 'probing')", name="circuit"),
        CheckConstraint("rate > 0 AND burst > 0", name="rate"),
    )
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    circuit: Mapped[str] = mapped_column(String(10), default="closed")
    failures: Mapped[int] = mapped_column(default=0)
    openings: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rate: Mapped[int | None]
    burst: Mapped[int] = mapped_column(default=10)
    tokens: Mapped[float] = mapped_column(default=0)
    filled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class ApprovedText(Base):
    """The code under which a provider approved one version of a template.

    `parameters` is the ordered list of what goes into it: pairs of the provider's name and a text with our
    placeholders. Aliyun is given them by name, Tencent in this order.
    """

    __tablename__ = "approved_texts"
    __table_args__ = (UniqueConstraint("template_id", "provider"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    provider: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(80))
    parameters: Mapped[Any] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    template: Mapped[TemplateVersion] = relationship(lazy="raise")

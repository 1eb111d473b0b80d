"""What the broker forbids this service, noted by its worker's loops so that pages and checks can tell."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database import UtcDateTime, dialect_of, insert_on
from shared.database.tables import SharedBase
from shared.forbidden import SENTENCES, Forbidden


class MissingPermission(SharedBase):
    """One thing that a loop of a worker may not do at the broker. Gone as soon as it may."""

    __tablename__ = "missing_permissions"
    loop: Mapped[str] = mapped_column(String(20), primary_key=True)
    action: Mapped[str] = mapped_column(String(20), primary_key=True)
    username: Mapped[str] = mapped_column(String(120), primary_key=True)
    queue: Mapped[str] = mapped_column(String(120), primary_key=True)
    exchange: Mapped[str] = mapped_column(String(120), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def forbidden(self) -> Forbidden:
        return Forbidden(self.action, self.username, self.queue, self.exchange)


def note_forbidden(session: Session, loop: str, found: Collection[Forbidden], now: datetime) -> None:
    """Replace what this loop noted before: what stood there keeps its time, what is allowed now goes."""
    for row in session.scalars(select(MissingPermission).where(MissingPermission.loop == loop)).all():
        if row.forbidden not in found:
            same = (getattr(MissingPermission, name) == value for name, value in _columns(row.forbidden).items())
            session.execute(delete(MissingPermission).where(MissingPermission.loop == loop, *same))
    insert = insert_on(dialect_of(session))
    for each in sorted(found):
        values = {"loop": loop, "since": now, **_columns(each)}
        session.execute(insert(MissingPermission).values(**values).on_conflict_do_nothing())


def _columns(each: Forbidden) -> dict[str, str]:
    return {"action": each.action, "username": each.user, "queue": each.queue, "exchange": each.exchange}


def forbidden_now(session: Session) -> dict[Forbidden, datetime]:
    """What is forbidden, each once, with the time since when it is known; the oldest first."""
    found: dict[Forbidden, datetime] = {}
    for row in session.scalars(select(MissingPermission).order_by(MissingPermission.since)):
        if row.action in SENTENCES:
            found.setdefault(row.forbidden, row.since)
    return found

"""Numbers in the queue: within a lane everybody who lets messages be sent takes turns, however many they have.

The n-th message of an originator, which is the chain of one request or event (its correlation id), is sent with the
n-th ones of all others: its number is the one that is served now, plus n. So a thousand people of one broadcast wait
for a thousand of another one and not for its ten thousand. Who comes later begins where the others are, not before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, String, case, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from notifications.messages.models import Message, is_open
from notifications.tables import Base
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.database.types import UtcDateTime
from shared.runtime import Runtime

KEPT = timedelta(days=1)
"""An originator that let nothing be sent for so long begins where the others are."""


class QueueNumber(Base):
    """The number in a lane of a channel that the next message of this originator gets, unless the lane is beyond it."""

    __tablename__ = "queue_numbers"
    __table_args__ = (Index("ix_queue_numbers_taken_at", "taken_at"),)
    originator: Mapped[str] = mapped_column(String(80), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    lane: Mapped[int] = mapped_column(primary_key=True)
    next_number: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


def number(work: UnitOfWork, queued: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Give messages that are about to be written, each with its originator, their numbers in the order given.

    The rows of one originator are locked in the order of channels and lanes, so that two events of one chain wait for
    each other and never for ever.
    """
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for originator, message in queued:
        groups.setdefault((originator, message["channel"], message["lane"]), []).append(message)
    for (originator, channel, lane), messages in sorted(groups.items(), key=lambda item: item[0]):
        first = _take_numbers(work, originator, channel, lane, len(messages))
        for position, message in enumerate(messages):
            message["queue_number"] = first + position


def _take_numbers(work: UnitOfWork, originator: str, channel: str, lane: int, count: int) -> int:
    served = (
        select(Message.queue_number)
        .where(Message.channel == channel, Message.lane == lane, is_open(), Message.resting.is_(False))
        .order_by(Message.queue_number, Message.due_at)
        .limit(1)
        .scalar_subquery()
    )
    columns = QueueNumber.__table__.c
    taken = insert_on(dialect_of(work.session))(QueueNumber).values(
        originator=originator,
        channel=channel,
        lane=lane,
        taken_at=work.now,
        next_number=func.coalesce(served, 0) + count,
    )
    own = columns.next_number + count
    beyond = case((own > taken.excluded.next_number, own), else_=taken.excluded.next_number)
    statement = taken.on_conflict_do_update(
        index_elements=["originator", "channel", "lane"],
        set_={"next_number": beyond, "taken_at": taken.excluded.taken_at},
    ).returning(columns.next_number)
    following: int = work.session.execute(statement).scalar_one()
    return following - count


def forget_numbers(runtime: Runtime) -> None:
    """Forget the numbers of those who let nothing be sent any more."""
    with runtime.unit_of_work() as work:
        old = delete(QueueNumber).where(QueueNumber.taken_at < work.now - KEPT)
        work.session.execute(old.execution_options(synchronize_session=False))

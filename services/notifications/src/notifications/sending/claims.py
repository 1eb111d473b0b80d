"""Claiming due rows by leases on the database clock, and letting go of them again."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select, update

from notifications.messages.models import Message
from notifications.messages.rules import LANES
from shared.database.leases import database_now
from shared.runtime import Runtime

_OPEN = ("pending", "sending", "unknown")


@dataclass(frozen=True)
class Claim:
    """One row that this sender may work on. `attempt` fences off whoever held the row before."""

    id: UUID
    attempt: int
    channel: str


def claim(runtime: Runtime, lease: timedelta, most: int) -> list[Claim]:
    """Take due rows, urgent ones first: pending, abandoned by a sender that died, or of unknown outcome.

    No row is given to two senders: rows locked by another claim are skipped, and a claimed one is not due again
    before its lease is over. A look without a lock comes first: with nothing due nobody else's writing is delayed.
    """
    dialect = runtime.database.dialect
    if not _anything_due(runtime):
        return []
    claimed: list[Claim] = []
    with runtime.database.writing() as session:
        for lane in LANES.values():
            if len(claimed) >= most:
                break
            due = (
                select(Message.id)
                .where(Message.state.in_(_OPEN), Message.lane == lane, Message.due_at <= database_now(dialect))
                .order_by(Message.due_at)
                .limit(most - len(claimed))
                .with_for_update(skip_locked=True)
            )
            ids = list(session.scalars(due))
            if not ids:
                continue
            taken = session.execute(
                update(Message)
                .where(Message.id.in_(ids))
                .values(state="sending", attempt=Message.attempt + 1, due_at=database_now(dialect, lease))
                .returning(Message.id, Message.attempt, Message.channel)
                .execution_options(synchronize_session=False)
            ).all()
            by_id = {row.id: Claim(row.id, row.attempt, row.channel) for row in taken}
            claimed += [by_id[row_id] for row_id in ids]
    return claimed


def _anything_due(runtime: Runtime) -> bool:
    now = database_now(runtime.database.dialect)
    due = [
        exists().where(Message.state.in_(_OPEN), Message.lane == lane, Message.due_at <= now) for lane in LANES.values()
    ]
    with runtime.reading() as session:
        return bool(session.scalar(select(or_(*due))))


def release(runtime: Runtime, held: Claim, after: timedelta) -> None:
    """Give back a row that was claimed and not touched; it is due again `after` that time."""
    with runtime.database.writing() as session:
        session.execute(
            update(Message)
            .where(
                Message.id == held.id,
                Message.attempt == held.attempt,
                Message.state == "sending",
                Message.on_wire.is_(False),
            )
            .values(state="pending", due_at=database_now(runtime.database.dialect, after))
            .execution_options(synchronize_session=False)
        )

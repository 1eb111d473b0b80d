"""Holds end by themselves when their time is over."""

from datetime import timedelta

from sqlalchemy import select

from facilities.holds.commands import expire_hold
from facilities.holds.models import Hold
from shared.runtime import Runtime
from shared.timers import Timer

_BATCH = 50


def expire_holds(runtime: Runtime) -> int:
    """Free each hold that is over, one transaction each; returns how many. Safe to repeat after a crash."""
    with runtime.reading() as session:
        due = session.scalars(
            select(Hold.id)
            .where(Hold.state == "held", Hold.expires_at <= runtime.clock())
            .order_by(Hold.expires_at)
            .limit(_BATCH)
        ).all()
    ended = 0
    for hold_id in due:
        with runtime.unit_of_work() as work:
            ended += expire_hold(work, hold_id)
    return ended


TIMER = Timer("expire-holds", timedelta(seconds=5), expire_holds)

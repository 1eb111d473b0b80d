"""Shifts that begin soon and lack people are said once."""

from datetime import timedelta

from sqlalchemy import select

from facilities.roster.events import warn
from facilities.roster.ledger import lock_shift
from facilities.roster.models import Shift
from facilities.roster.queries import LACKING
from facilities.roster.settings import limits_of
from shared.runtime import Runtime
from shared.timers import Timer

_BATCH = 50


def warn_of_short_shifts(runtime: Runtime) -> int:
    """Say it of each shift once, one transaction each; returns how many. Safe to repeat after a crash."""
    now = runtime.clock()
    until = now + limits_of(runtime.settings).soon
    with runtime.reading() as session:
        due = session.scalars(
            select(Shift.id)
            .where(*LACKING, Shift.warned_at.is_(None), Shift.starts_at <= until, Shift.ends_at > now)
            .order_by(Shift.starts_at)
            .limit(_BATCH)
        ).all()
    told = 0
    for shift_id in due:
        with runtime.unit_of_work() as work:
            shift = lock_shift(work.session, shift_id)
            if shift.warned_at is None and shift.missing and shift.ends_at > work.now:
                warn(work, shift)
                told += 1
    return told


TIMER = Timer("warn-of-short-shifts", timedelta(minutes=1), warn_of_short_shifts)

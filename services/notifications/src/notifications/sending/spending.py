"""What SMS cost this month, and whether bulk ones still fit into the budget."""

import time
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifications.messages.models import Message
from notifications.providers.rules import Budget
from notifications.sending.settings import SendingSettings
from shared.runtime import Runtime

LOOKED_AT_EVERY = 10.0
"""Seconds between two looks: beyond the budget bulk goes on that much longer."""


def spent_since(session: Session, since: datetime) -> int:
    """What the messages that ended since then cost, in hao."""
    total = session.scalar(select(func.sum(Message.cost)).where(Message.finished_at >= since, Message.cost > 0))
    return int(total or 0)


def month_of(runtime: Runtime) -> datetime:
    """When this month began at the centre."""
    zone = runtime.settings.time_zone
    return runtime.clock().astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def budget_now(runtime: Runtime, session: Session, settings: SendingSettings) -> Budget:
    return Budget(settings.budget, spent_since(session, month_of(runtime)), settings.budget_warn_share)


class Purse:
    """Remembers for a moment whether the budget is used up. One a sender."""

    def __init__(self, runtime: Runtime, settings: SendingSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._looked_at = float("-inf")
        self._used_up = False

    def bulk_may_go(self) -> bool:
        if self._settings.budget is None:
            return True
        if time.monotonic() - self._looked_at > LOOKED_AT_EVERY:
            with self._runtime.reading() as session:
                self._used_up = budget_now(self._runtime, session, self._settings).state == "used-up"
            self._looked_at = time.monotonic()
        return not self._used_up

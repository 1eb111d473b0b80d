"""What is deleted because its time is over; a service adds these to its own timers."""

from datetime import timedelta

from sqlalchemy import delete

from shared.runtime import Runtime
from shared.staff.models import IdempotencyKey, SignInAttempts, StaffSession
from shared.timers import Timer

ATTEMPTS_KEPT = timedelta(days=1)


def forget_what_expired(runtime: Runtime) -> int:
    """Delete ended sessions, old idempotency keys and old sign-in attempts; safe to repeat."""
    with runtime.unit_of_work() as work:
        work.session.execute(delete(StaffSession).where(StaffSession.expires_at <= work.now))
        work.session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= work.now))
        work.session.execute(delete(SignInAttempts).where(SignInAttempts.since <= work.now - ATTEMPTS_KEPT))
    return 0


TIMERS = (Timer("forget-what-expired", timedelta(hours=1), forget_what_expired),)

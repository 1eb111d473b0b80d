"""Hand-written fakes: a clock that moves when told to."""

from datetime import UTC, datetime, timedelta


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> datetime:
        """Move on by a timedelta's keywords, e.g. ``minutes=5``."""
        self.now += timedelta(**amount)
        return self.now

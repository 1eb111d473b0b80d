"""The rules of circuits, buckets and prices. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

FAILURES_TO_OPEN = 3
LONGEST_PAUSE = 6
"""Of the first pauses: with ten seconds a provider that is back is noticed within a minute."""
CIRCUITS = ("closed", "open", "probing")
HAO = Decimal(10_000)
"""Hao in a yuan: prices of single SMS go below a fen."""


@dataclass(frozen=True)
class Circuit:
    """What is known of a provider: `state`, failures in a row, how often it opened in a row, when to look again."""

    state: str = "closed"
    failures: int = 0
    openings: int = 0
    next_try_at: datetime | None = None

    def usable(self) -> bool:
        return self.state == "closed"

    def may_probe(self, now: datetime) -> bool:
        """Whether one message may go out to see if the provider is back; a probe that never ended counts as failed."""
        return self.state != "closed" and (self.next_try_at is None or self.next_try_at <= now)

    def failed(
        self,
        now: datetime,
        jitter: Callable[[], float],
        *,
        first_pause: timedelta,
        asked_for: timedelta | None = None,
    ) -> "Circuit":
        """After one more failure: open after some in a row, or at once when a probe failed or a pause was asked for.

        The pause doubles with each opening, and the jitter (0..1) takes away at most half of it, so that processes do
        not come back together. One that the provider asked for is kept.
        """
        failures = self.failures + 1
        if asked_for is None and self.state == "closed" and failures < FAILURES_TO_OPEN:
            return replace(self, failures=failures)
        full: timedelta = first_pause * min(int(2 ** min(self.openings, 16)), LONGEST_PAUSE)
        pause = asked_for if asked_for is not None else full / 2 + full / 2 * jitter()
        return Circuit("open", failures, self.openings + 1, now + pause)

    def succeeded(self) -> "Circuit":
        return Circuit()


@dataclass(frozen=True)
class Bucket:
    """Tokens of a provider: one a message, `rate` new ones a second, at most `burst` kept."""

    rate: int
    burst: int
    tokens: float
    filled_at: datetime

    def filled(self, now: datetime) -> "Bucket":
        passed = max((now - self.filled_at).total_seconds(), 0.0)
        return replace(self, tokens=min(self.tokens + passed * self.rate, float(self.burst)), filled_at=now)

    def take(self, wanted: int, now: datetime) -> tuple[int, "Bucket"]:
        """How many of the wanted tokens there are, and the bucket without them."""
        full = self.filled(now)
        given = max(min(wanted, int(full.tokens)), 0)
        return given, replace(full, tokens=full.tokens - given)


def parse_price(text: str) -> int:
    """A price such as ``0.045`` yuan in hao. ValueError for what is none, is negative or has more than four places."""
    try:
        hao = Decimal(text) * HAO
    except InvalidOperation as error:
        raise ValueError(f"not a price: {text}") from error
    if not hao.is_finite() or hao < 0 or hao != int(hao):
        raise ValueError(f"a price has at most four places and is not negative: {text}")
    return int(hao)


def yuan(hao: int) -> Decimal:
    """An amount in hao as yuan, rounded to the fen as bills are."""
    return (Decimal(hao) / HAO).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Budget:
    """What SMS may cost a month, in hao, and what they cost so far; None is no limit.

    Beyond `warn_share` of the limit staff are warned; beyond the limit bulk messages wait. Urgent and normal ones
    are sent all the same.
    """

    limit: int | None
    spent: int
    warn_share: Decimal = Decimal("0.8")

    @property
    def state(self) -> str:
        """fine, near or used-up."""
        if self.limit is None or self.spent < self.limit * self.warn_share:
            return "fine"
        return "near" if self.spent < self.limit else "used-up"

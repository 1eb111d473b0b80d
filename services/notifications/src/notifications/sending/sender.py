"""One sender: claims rows, hands messages over one by one, commits once per message."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from random import random

from notifications.messages.rules import CHANNELS, LANES
from notifications.providers.board import Board, Plan
from notifications.quiet_hours.queries import Hours
from notifications.sending.carriers import Carrier, MailCarrier, SmsCarrier
from notifications.sending.claims import Held, claim, due_lanes, release
from notifications.sending.outcomes import Outcome
from notifications.sending.quick_turns import begin_quickly, settle_quickly
from notifications.sending.settings import SendingSettings
from notifications.sending.single_turns import SingleTurns
from notifications.sending.spending import Purse
from notifications.sending.turns import Ready, Turns
from shared.database import UnitOfWork
from shared.runtime import Runtime

logger = logging.getLogger(__name__)
BATCH = 20
LARGEST_BATCH = 100
BATCH_SECONDS = 1.0
"""A batch is meant to take no longer: news that is more urgent waits that long at most."""


class Sender:
    """Keeps one SMTP connection and one HTTP client a gateway. Not for several threads at once."""

    def __init__(
        self,
        runtime: Runtime,
        settings: SendingSettings,
        *,
        channels: Sequence[str] = CHANNELS,
        lanes: Sequence[str] = tuple(LANES),
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._dialect = runtime.database.dialect
        self._hours = Hours(runtime, settings.quiet_hours)
        self._turns = Turns(settings, self._dialect, self._hours)
        self._single = SingleTurns(runtime, settings.lease)
        self._lanes = tuple(lanes)
        self._purse = Purse(runtime, settings)
        makers: dict[str, type[SmsCarrier] | type[MailCarrier]] = {"sms": SmsCarrier, "email": MailCarrier}
        self._carriers: dict[str, Carrier] = {channel: makers[channel](runtime, settings) for channel in channels}
        self._boards = {
            carrier.channel: Board(
                runtime, carrier.channel, carrier.providers, first_pause=settings.first_retry, lease=settings.lease
            )
            for carrier in self._carriers.values()
        }
        self._batch = dict.fromkeys(channels, BATCH)

    def run_once(self, most: int | None = None) -> int:
        """Work off a batch of due rows of each channel; how many were claimed. Raises what the database raises."""
        return sum(self._run(carrier, most) for carrier in self._carriers.values())

    def close(self) -> None:
        for carrier in self._carriers.values():
            carrier.close()

    def _run(self, carrier: Carrier, most: int | None) -> int:
        lanes = due_lanes(self._runtime, carrier.channel, self._lanes)
        if "bulk" in lanes and carrier.costs and not self._purse.bulk_may_go():
            lanes.remove("bulk")
        if not lanes or (not carrier.providers and not self._without_providers(carrier, lanes)):
            carrier.rest()
            return 0
        board = self._boards[carrier.channel]
        plan = board.plan(most or self._batch[carrier.channel])
        if plan.most < 1:
            carrier.rest()
            return 0
        claims = claim(self._runtime, carrier.channel, self._settings.lease, plan.most, lanes)
        if len(claims) < plan.most:
            board.give_back(plan, plan.most - len(claims), nothing_tried=not claims)
        if claims:
            began = time.monotonic()
            with self._single.batch():
                self._work_off(plan, claims)
            board.end(plan)
            self._learn(carrier.channel, len(claims), time.monotonic() - began)
        return len(claims)

    def _work_off(self, plan: Plan, claims: Sequence[Held]) -> None:
        settled: tuple[Ready, Outcome] | None = None
        usable = list(plan.usable)
        for position, held in enumerate(claims):
            ready = self._turn(settled, held)
            settled = None
            if ready is None:
                continue
            outcome = self._hand_over(ready, usable)
            settled = (ready, outcome)
            if outcome.away:
                self._turn(settled, None)
                self._let_go(claims[position + 1 :])
                return
        if settled is not None:
            self._turn(settled, None)

    def _turn(self, settled: tuple[Ready, Outcome] | None, following: Held | None) -> Ready | None:
        """One commit: what became of the last message, and that the next one may be on its way."""
        may_go = following is not None and self._may_go(following)
        handed_over = (settled[0].held, settled[1]) if settled is not None else None
        is_settled, has_begun = self._single.turn(handed_over, following if may_go else None)
        unsettled = None if is_settled else settled
        if unsettled is not None or (following is not None and not has_begun):
            with self._runtime.unit_of_work() as work:
                if unsettled is not None and not settle_quickly(work, unsettled[0].held, unsettled[1]):
                    self._turns.settle(work, *unsettled)
                if following is not None and not has_begun:
                    return self._begin(work, following, quickly=may_go)
        return Ready(following) if following is not None else None

    def _begin(self, work: UnitOfWork, held: Held, *, quickly: bool) -> Ready | None:
        if quickly and begin_quickly(work, held, self._settings.lease, self._dialect):
            return Ready(held)
        return self._turns.begin(work, held)

    def _hand_over(self, ready: Ready, usable: list[str] | None = None) -> Outcome:
        carrier = self._carriers[ready.held.channel]
        names = list(carrier.providers) if usable is None else usable
        return carrier.hand_over(ready, names, self._boards[carrier.channel])

    def _may_go(self, held: Held) -> bool:
        """Whether it may be written to that address at this time of day, without anything to be noted."""
        address = held.address
        if address is None or not self._settings.allow_list.allows(address, sample=bool(held.sample)):
            return False
        return not self._hours.now().is_quiet(self._runtime.clock(), held.category)

    def _let_go(self, rest: Sequence[Held]) -> None:
        """The provider is away: the rest of the batch waits a moment, spread, without using up a try."""
        pauses: list[timedelta] = [self._settings.first_retry * (0.5 + random()) for _ in rest]
        if rest:
            release(self._runtime, rest, pauses)

    def _learn(self, channel: str, messages: int, seconds: float) -> None:
        """Batches grow and shrink so that one takes about a second, and never much of the lease."""
        enough = int(messages * BATCH_SECONDS / max(seconds, 0.001))
        self._batch[channel] = max(1, min(enough, 2 * self._batch[channel], LARGEST_BATCH))

    def _without_providers(self, carrier: Carrier, lanes: Sequence[str]) -> bool:
        """With no gateway set up its messages fail one by one and say so."""
        claims = claim(self._runtime, carrier.channel, self._settings.lease, BATCH, lanes)
        for held in claims:
            ready = self._turn(None, held)
            if ready is not None:
                self._turn((ready, Outcome("refused", "no-provider")), None)
        return False

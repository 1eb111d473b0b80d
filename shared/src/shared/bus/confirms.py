"""Which of the messages in flight the broker has answered for: bookkeeping only, no link."""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus.messages import OutboundMessage, Outcome


class ConfirmLedger:
    """The answers to one batch on one channel.

    The broker counts what it gets on a channel from 1 and answers by that tag, one by one or "all up to here",
    not always in order. What it returns as unroutable carries no tag, comes before its ack, and is known by its
    message id and its address: the same event may go to two queues alone.
    """

    def __init__(self, messages: Sequence[OutboundMessage]) -> None:
        self._messages = messages
        self._in_flight: dict[int, int] = {}
        self._returned: set[tuple[str | None, str, str]] = set()
        self._last_suspect = -1
        self.outcomes = [Outcome.UNKNOWN] * len(messages)
        self.nacked = False

    @property
    def in_flight(self) -> int:
        """How many messages wait for an answer."""
        return len(self._in_flight)

    def register(self, tag: int, index: int) -> None:
        """Note that the message at `index` goes out next as `tag`. Before sending: sending may run callbacks."""
        self._in_flight[tag] = index

    def on_ack(self, tag: int, multiple: bool) -> None:
        """Take an ack: stored, or (when it was returned before) dealt with and dropped."""
        for index in self._settle(tag, multiple):
            message = self._messages[index]
            returned = (message.message_id, message.exchange, message.routing_key) in self._returned
            self.outcomes[index] = Outcome.NO_QUEUE if returned else Outcome.CONFIRMED

    def on_nack(self, tag: int, multiple: bool) -> None:
        """Take a nack: the broker could not store it."""
        self.nacked = True
        self._settle(tag, multiple)

    def on_return(self, message_id: str | None, exchange: str, routing_key: str) -> None:
        """Take a returned message."""
        self._returned.add((message_id, exchange, routing_key))

    def pending(self) -> list[int]:
        """The messages to send, in order: all from the first that has no answer, but those that were set aside.

        What follows an unanswered message is sent again even where it was confirmed, so that nothing overtakes.
        """
        if Outcome.UNKNOWN not in self.outcomes:
            return []
        first = self.outcomes.index(Outcome.UNKNOWN)
        return [index for index in range(first, len(self.outcomes)) if not self.outcomes[index].is_final]

    def must_go_alone(self, index: int) -> bool:
        """Whether this message is one of those among which one was refused, we do not know which."""
        return index <= self._last_suspect

    def start_again(self) -> None:
        """Forget what was in flight on a channel that is gone; tags count from 1 again."""
        self._in_flight.clear()

    def on_refusal(self, outcome: Outcome) -> bool:
        """The broker has closed the channel over one of those in flight; tells whether another attempt gets further.

        A single one in flight is the one, and with it everything that must meet the same answer. Of several, each
        has to go alone the next time, until the one is found.
        """
        if not self._in_flight:
            return False
        if len(self._in_flight) > 1:
            self._last_suspect = max(self._in_flight.values())
            return True
        [culprit] = self._in_flight.values()
        refused = self._messages[culprit]
        for index, message in enumerate(self._messages):
            of_the_exchange = outcome in (Outcome.NO_EXCHANGE, Outcome.FORBIDDEN)
            alike = index == culprit or (of_the_exchange and message.exchange == refused.exchange)
            if alike and self.outcomes[index] is Outcome.UNKNOWN:
                self.outcomes[index] = outcome
        return True

    def _settle(self, tag: int, multiple: bool) -> list[int]:
        if not multiple:
            index = self._in_flight.pop(tag, None)
            return [] if index is None else [index]
        # Tags are registered in rising order, so those up to `tag` stand at the front. Tag 0 means all.
        tags = []
        for waiting in self._in_flight:
            if tag and waiting > tag:
                break
            tags.append(waiting)
        return [self._in_flight.pop(waiting) for waiting in tags]

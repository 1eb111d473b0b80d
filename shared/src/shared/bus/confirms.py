"""Which of the messages in flight the broker has answered for: bookkeeping only, no link."""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus.messages import OutboundMessage, Outcome


class ConfirmLedger:
    """The answers to one batch on one channel.

    The broker counts what it gets on a channel from 1 and answers by that tag, one by one or "all up to here",
    not always in order. What it returns as unroutable carries no tag, comes before its ack, and is known by its
    message id.
    """

    def __init__(self, messages: Sequence[OutboundMessage]) -> None:
        self._messages = messages
        self._in_flight: dict[int, int] = {}
        self._returned: set[str] = set()
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
            returned = self._messages[index].message_id in self._returned
            self.outcomes[index] = Outcome.UNROUTED if returned else Outcome.CONFIRMED

    def on_nack(self, tag: int, multiple: bool) -> None:
        """Take a nack: the broker could not store it."""
        self.nacked = True
        self._settle(tag, multiple)

    def on_return(self, message_id: str | None) -> None:
        """Take a returned message."""
        if message_id is not None:
            self._returned.add(message_id)

    def pending(self) -> list[int]:
        """The messages to send, in order: all from the first that has no answer, but those without a route.

        What follows an unanswered message is sent again even where it was confirmed, so that nothing overtakes.
        """
        if Outcome.UNKNOWN not in self.outcomes:
            return []
        first = self.outcomes.index(Outcome.UNKNOWN)
        return [index for index in range(first, len(self.outcomes)) if self.outcomes[index] is not Outcome.UNROUTED]

    def start_again(self) -> None:
        """Forget what was in flight on a channel that is gone; tags count from 1 again."""
        self._in_flight.clear()

    def settle_missing_exchanges(self, missing: set[str]) -> bool:
        """What was meant for an exchange that does not exist has no route; tells whether there was any."""
        found = False
        for index, message in enumerate(self._messages):
            if message.exchange in missing and self.outcomes[index] is Outcome.UNKNOWN:
                self.outcomes[index] = Outcome.UNROUTED
                found = True
        return found

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

"""Receiving raw messages in one thread that also answers heartbeats and acknowledges."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from shared.bus.links import LINK_ERRORS, Backoff, error_text, open_link, public_address
from shared.bus.messages import DatabaseAway
from shared.bus.permissions import sign_in_refused, user_of
from shared.bus.protocol import TakeBatch, WaitUntilReady
from shared.bus.sessions import LinkLost, Session
from shared.forbidden import CONSUME, Forbidden

log = logging.getLogger(__name__)

BATCH = 500
"""Most messages of one commit."""


class QueueReceiver:
    """The `Receiver` on either bus: keeps a session open, and waits with backoff where it cannot."""

    def __init__(self, bus_url: str, queues: Sequence[str], prefetch: int = 1000, batch: int = BATCH) -> None:
        self._bus_url = bus_url
        self._queues = tuple(queues)
        self._prefetch = prefetch
        self._batch = batch
        self._link_backoff = Backoff()
        self._database_backoff = Backoff()
        self.connected = False
        self.last_error: str | None = None
        self.missing_queues: frozenset[str] = frozenset()
        self.forbidden: frozenset[Forbidden] = frozenset()
        self._user = user_of(bus_url)

    def run(
        self,
        stop: threading.Event,
        on_batch: TakeBatch,
        wait_until_ready: WaitUntilReady | None = None,
    ) -> None:
        """See `Receiver.run`."""
        while not stop.is_set():
            try:
                self._receive(stop, on_batch)
            except DatabaseAway as error:
                # Never nack and read again: that loop wears out the broker's delivery limit in no time.
                self._note(error)
                stop.wait(self._database_backoff.next())
                if wait_until_ready is not None and not stop.is_set():
                    wait_until_ready(stop)
            except LinkLost as error:
                self._note(error)
                stop.wait(self._link_backoff.next())

    def _receive(self, stop: threading.Event, on_batch: TakeBatch) -> None:
        session = self._open()
        try:
            self.connected = True
            while not stop.is_set():
                self.missing_queues = session.open_queues()
                self._note_refused(session)
                batch = session.gather(self._batch, stop)
                self._link_backoff.reset()
                if not batch:
                    continue
                on_batch(batch)
                session.acknowledge(batch)
                self._database_backoff.reset()
                self.last_error = None
        finally:
            self.connected = False
            self._note_refused(session)
            session.close()

    def _note_refused(self, session: Session) -> None:
        self.forbidden = frozenset(Forbidden(CONSUME, self._user, queue) for queue in session.refused)

    def _open(self) -> Session:
        refused = [each.queue for each in self.forbidden if each.action == CONSUME]
        try:
            return Session(open_link(self._bus_url), self._queues, self._prefetch, refused)
        except LINK_ERRORS as error:
            self.forbidden = sign_in_refused(error, self._bus_url) or self.forbidden
            raise LinkLost(f"{type(error).__name__}: {error}") from error

    def _note(self, error: DatabaseAway | LinkLost) -> None:
        self.last_error = error_text(error, self._bus_url)
        log.warning("receiving from %s: %s", public_address(self._bus_url), self.last_error)

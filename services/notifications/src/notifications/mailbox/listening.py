"""The door of the mailbox's web side, which can be really closed for a while and opens again by itself."""

import threading
from collections.abc import Callable

from notifications.mailbox.web import Server

_ANSWER_FIRST = 0.2
"""Seconds in which whoever asked for it gets an answer."""


class Door(threading.Thread):
    """Serves until it is stopped. `open_` binds the port, also after each time away."""

    def __init__(self, open_: Callable[[], Server]) -> None:
        super().__init__(name="http", daemon=True)
        self._open = open_
        self._server = open_()
        self._away = 0.0
        self._stopped = threading.Event()

    def close_for(self, seconds: float) -> None:
        """Refuse connections for so long, and hang up on those that are there."""
        self._away = seconds
        threading.Timer(_ANSWER_FIRST, self._server.shutdown).start()

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()

    def run(self) -> None:
        while True:
            self._server.serve_forever(poll_interval=0.1)
            self._server.server_close()
            if self._stopped.is_set():
                return
            self._server.hang_up()
            if self._stopped.wait(self._away):
                return
            self._server = self._open()

"""The bus: our queue, its bindings, our requests, and a loop that takes messages until it is told to stop."""

import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from period_report.envelope import CONTENT_TYPE, NAME, snapshot_request
from period_report.following import Outcome, take
from period_report.projection import NOUNS
from period_report.state import State

log = logging.getLogger(__name__)

QUEUE_ARGUMENTS = {"x-queue-type": "quorum", "x-single-active-consumer": True}
PREFETCH = 100
GAP_GRACE = 5
ASK_AGAIN = 300
"""Seconds: how long a gap may close by itself, and after how long we ask once more."""
TICK = 1.0
LONGEST_PAUSE = 30.0
NOT_FOUND = 404


class Interrupted(Exception):
    """The broker took a queue away from us."""


def listen(url: str, path: Path, publisher: str, stop: threading.Event) -> None:
    """Take a publisher's messages until ``stop``; what goes wrong with bus or file is tried again after a pause.

    Something else that goes wrong ends the program: whoever keeps it starts it again.
    """
    state = State(path)
    try:
        _go_on(url, state, publisher, stop)
    finally:
        state.close()
        stop.set()


def _go_on(url: str, state: State, publisher: str, stop: threading.Event) -> None:
    pause = 1.0
    while not stop.is_set():
        started = time.monotonic()
        try:
            Session(url, state, publisher).run(stop)
        except (AMQPError, OSError, sqlite3.OperationalError, Interrupted) as problem:
            if time.monotonic() - started > LONGEST_PAUSE:
                pause = 1.0
            log.warning("%s: again in %.0f s: %s: %s", publisher, pause, type(problem).__name__, problem)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


class Session:
    """One connection, from opening to closing. What it did not acknowledge comes again on the next one."""

    def __init__(self, url: str, state: State, publisher: str) -> None:
        self.url = url
        self.state = state
        self.publisher = publisher
        self.queue = f"{NAME}.{publisher}-events"
        self.interrupted = False

    def run(self, stop: threading.Event) -> None:
        parameters = pika.URLParameters(self.url)
        parameters.heartbeat = 30
        parameters.blocked_connection_timeout = 60
        with pika.BlockingConnection(parameters) as connection:
            self._declare(connection)
            asking = connection.channel()
            asking.confirm_delivery()
            self._consume(connection.channel())
            log.info("%s: listening", self.publisher)
            while not stop.is_set():
                self._ask(asking)
                connection.process_data_events(time_limit=TICK)
                if self.interrupted:
                    raise Interrupted(f"{self.queue} was deleted")

    def _declare(self, connection: pika.BlockingConnection) -> None:
        """Our queue and its bindings. A queue that is new, or was deleted, missed what was said before."""
        try:
            connection.channel().queue_declare(self.queue, passive=True)
        except ChannelClosedByBroker as closed:
            if closed.reply_code != NOT_FOUND:
                raise
            with self.state.transaction():
                self.state.forget_what_was_asked(self.publisher)
        channel = connection.channel()
        channel.queue_declare(self.queue, durable=True, arguments=QUEUE_ARGUMENTS)
        channel.queue_bind(self.queue, f"{self.publisher}.events", f"{self.publisher}.#")
        channel.queue_bind(self.queue, f"{self.publisher}.snapshots", self.queue)
        channel.close()

    def _consume(self, channel: BlockingChannel) -> None:
        channel.basic_qos(prefetch_count=PREFETCH)
        channel.add_on_cancel_callback(self._cancelled)
        channel.basic_consume(self.queue, self._on_message)

    def _on_message(
        self, channel: BlockingChannel, method: Any, _properties: pika.BasicProperties, body: bytes
    ) -> None:
        """Our commit first, the acknowledgement after it: killed in between, the message comes again and is known."""
        outcome = take(self.state, body, self.publisher)
        if outcome is Outcome.PUT_ASIDE:
            log.warning("%s: a message was put aside", self.publisher)
        channel.basic_ack(method.delivery_tag)

    def _ask(self, channel: BlockingChannel) -> None:
        """Ask for everything that we were never told of, and for each subject that something is missing of."""
        for noun in NOUNS[self.publisher]:
            if not self.state.was_asked(self.publisher, noun):
                self._request(channel, noun)
                with self.state.transaction():
                    self.state.note_asked(self.publisher, noun)
        for subject in self.state.gaps(self.publisher, GAP_GRACE, ASK_AGAIN):
            self._request(channel, subject.partition("/")[0], subject)
            with self.state.transaction():
                self.state.note_asked_for(self.publisher, subject)

    def _request(self, channel: BlockingChannel, noun: str, subject: str | None = None) -> None:
        """Returns when the broker has it safely; UnroutableError where the publisher does not listen yet."""
        log.info("%s: asking for snapshots of %s", self.publisher, subject or noun)
        channel.basic_publish(
            f"{self.publisher}.requests",
            f"{NAME}.snapshot.requested.v1",
            snapshot_request(noun, self.queue, subject),
            pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=pika.DeliveryMode.Persistent),
            mandatory=True,
        )

    def _cancelled(self, _frame: Any) -> None:
        self.interrupted = True

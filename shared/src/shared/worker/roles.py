"""The loops of a worker. Each runs until told to stop; what it raises is a reason to start it again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta

from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared import faults, retention
from shared.bus import Bus, DatabaseAway, ReceivedMessage
from shared.bus.links import LINK_ERRORS, error_text
from shared.bus.permissions import sign_in_refused
from shared.database import database_is_away
from shared.database.changes import ChangeWatch
from shared.database.leases import HeldLease
from shared.forbidden import Forbidden
from shared.inbox.answers import Page, write_page
from shared.inbox.intake import ANY_SOURCE, take_batch
from shared.inbox.processor import IS_WAITING, Processor
from shared.inbox.release_needs import RENEWED_EVERY_SECONDS
from shared.operations import tracing
from shared.outbox.relay import IS_PENDING, Relay
from shared.runtime import Runtime
from shared.timers import Timer
from shared.worker.declaring import declare, keep_needs, leave_needs
from shared.worker.permissions import tell_forbidden
from shared.worker.state import WorkerState

log = logging.getLogger(__name__)

_DECLARE_AGAIN_SECONDS = 2.0
_LOOK_AT_QUEUES_SECONDS = 1.0
_PAGE_AGAIN_SECONDS = 0.1
_PAGE_IN_ANY_CASE_SECONDS = 2.0
_LOOK_FOR_REQUESTS_SECONDS = 1.0
_TIMER_LEASE = timedelta(seconds=60)


def relay(runtime: Runtime, bus: Bus, state: WorkerState, stop: threading.Event) -> None:
    """Publish the outbox; woken by effects of this process, and looking by itself for the web's commands."""
    with bus.publisher() as publisher, closing(ChangeWatch(runtime.database, IS_PENDING)) as watch:
        worker = Relay(runtime, publisher)
        try:
            while not stop.is_set():
                watch.mark()
                done = worker.run_once()
                state.published(done.confirmed, done.unrouted)
                state.publishing = publisher.connected
                if done.found:
                    tell_forbidden(runtime, state, "relay", publisher.forbidden)
                if done.stuck:
                    log.warning("not confirmed, will be sent again: %s", publisher.last_error)
                    stop.wait(1.0)
                elif not done.found:
                    publisher.keep_alive()
                    watch.wait(state.outbox_changed)
        finally:
            worker.lease.release()


def receive(runtime: Runtime, bus: Bus, state: WorkerState, stop: threading.Event) -> None:
    """Take messages into the inbox and acknowledge them after the commit."""
    service = runtime.service
    sources = {service.queue(reactions): reactions.source for reactions in service.reactions}
    sources[f"{service.name}.requests"] = ANY_SOURCE

    def take(batch: list[ReceivedMessage]) -> None:
        try:
            taken = take_batch(runtime.database, batch, sources=sources, clock=runtime.clock)
        except SQLAlchemyError as error:
            if database_is_away(error):
                raise DatabaseAway(type(error).__name__) from error
            raise
        state.received(taken.accepted, taken.repeated, taken.refused)
        state.inbox_changed.set()

    receiver = bus.receiver(sorted(sources))
    state.receiver = receiver
    receiver.run(stop, take, lambda stop: wait_for_database(runtime, stop))


def wait_for_database(runtime: Runtime, stop: threading.Event) -> None:
    """Return when the database takes writers again, or when told to stop."""
    while not stop.is_set():
        try:
            # Writing, which a file that is locked or read-only refuses where reading goes on.
            with runtime.database.writing() as session:
                session.execute(text("SELECT 1"))
            return
        except SQLAlchemyError:
            stop.wait(1.0)


def process(runtime: Runtime, state: WorkerState, stop: threading.Event) -> None:
    """Work the inbox off; woken by what was received, and looking by itself for retries."""
    processor = Processor(runtime)
    renew_at = 0.0
    with closing(ChangeWatch(runtime.database, IS_WAITING)) as watch:
        while not stop.is_set():
            if time.monotonic() >= renew_at:
                keep_needs(runtime)
                renew_at = time.monotonic() + RENEWED_EVERY_SECONDS
            watch.mark()
            done = processor.run_once()
            state.processed(done.done, done.failed)
            if done.done:
                state.requests_taken.set()
            if done.recorded:
                state.outbox_changed.set()
            if done.done + done.failed == 0:
                watch.wait(state.inbox_changed)
    leave_needs(runtime)


def answer(runtime: Runtime, state: WorkerState, stop: threading.Event) -> None:
    """Write what other services asked for, page by page; any number of workers may."""
    written = time.monotonic()
    while not stop.is_set():
        page = write_page(runtime, even_if_full=time.monotonic() - written > _PAGE_IN_ANY_CASE_SECONDS)
        if page is not Page.NOT_NOW:
            written = time.monotonic()
        if page is Page.WRITTEN:
            state.outbox_changed.set()
        elif page is Page.NOT_NOW:
            stop.wait(_PAGE_AGAIN_SECONDS)
        else:
            state.requests_taken.wait(_LOOK_FOR_REQUESTS_SECONDS)
            state.requests_taken.clear()


def keep_declared(runtime: Runtime, bus: Bus, state: WorkerState, stop: threading.Event) -> None:
    """Declare at the start, again while something is missing or forbidden, and whenever a queue is gone."""
    while not stop.is_set():
        forbidden: frozenset[Forbidden] = frozenset()
        try:
            declared = declare(runtime, bus)
            state.missing_publishers, forbidden = declared.missing, declared.forbidden
            state.outbox_changed.set()
        except SQLAlchemyError:
            raise
        except LINK_ERRORS as error:
            forbidden = sign_in_refused(error, runtime.settings.bus_url)
            if not forbidden:
                log.warning("the bus is away: %s", error_text(error, runtime.settings.bus_url))
                stop.wait(_DECLARE_AGAIN_SECONDS)
                continue
        tell_forbidden(runtime, state, "declare", forbidden)
        again_at = time.monotonic() + _DECLARE_AGAIN_SECONDS
        while not stop.wait(_LOOK_AT_QUEUES_SECONDS):
            if state.receiver is not None:
                tell_forbidden(runtime, state, "receive", state.receiver.forbidden)
                if state.receiver.missing_queues:
                    break
            if (forbidden or state.missing_publishers) and time.monotonic() >= again_at:
                break


def timer(runtime: Runtime, declared: Timer, state: WorkerState, stop: threading.Event) -> None:
    """Run one timer, again at once while it finds work, else after its interval."""
    lease = None if declared.everywhere else HeldLease(runtime.database, f"timer:{declared.name}", _TIMER_LEASE)
    faults.acting.set("timers")
    while not stop.is_set():
        found = 0
        if lease is None or lease.acquire() is not None:
            span = tracing.start(f"timer {declared.name}", SpanKind.INTERNAL)
            with tracing.going_on(span):
                faults.reach("timers.before-run")
                found = declared.run(runtime) or 0
            if found:
                span.end()
            faults.reach("timers.after-run")
            state.outbox_changed.set()
            if lease is not None and not found:
                lease.release(again_after=declared.every / 2)
        if not found:
            stop.wait(declared.every.total_seconds())
    if lease is not None:
        lease.release()


def threads_of(
    runtime: Runtime, bus: Bus, state: WorkerState, roles: Sequence[str]
) -> list[tuple[str, Callable[[threading.Event], None]]]:
    """The named loops that these roles need. ValueError when a setting that one of them reads is malformed."""
    loops: list[tuple[str, Callable[[threading.Event], None]]] = []
    if "relay" in roles:
        loops.append(("relay", lambda stop: relay(runtime, bus, state, stop)))
    if "receive" in roles:
        loops.append(("declare", lambda stop: keep_declared(runtime, bus, state, stop)))
        loops.append(("receive", lambda stop: receive(runtime, bus, state, stop)))
    if "process" in roles:
        loops.append(("process", lambda stop: process(runtime, state, stop)))
        loops.append(("answer", lambda stop: answer(runtime, state, stop)))
    if "timers" in roles:
        for declared in (retention.timer(runtime), *runtime.service.timers):
            for number in range(declared.threads):
                name = f"timer {declared.name}" + (f" {number + 1}" if declared.threads > 1 else "")
                loops.append((name, lambda stop, declared=declared: timer(runtime, declared, state, stop)))  # type: ignore[misc]
    return loops

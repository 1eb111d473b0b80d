"""From the outbox to the bus: the relay, beside the bare limit and Celery, and beside itself with a full outbox."""

import statistics
import time
from collections.abc import Callable

from limit import publish_bare
from setting import QUEUE, Setting

from shared.bus import OutboundMessage
from shared.identifiers import new_id
from shared.outbox.relay import Relay
from shared.runtime import Runtime
from shared.testing.plans import fill

BARE = "bare pipelined publisher (the limit)"
RELAY = "relay: outbox to bus, marked"
FULL = "relay, outbox full of published rows"
CELERY = "Celery, each publish confirmed"


def measure(
    setting: Setting, events: int, rounds: int, published_rows: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Events a second of each, the median of the rounds."""
    say(f"filling another outbox with {published_rows:,} published rows")
    full = setting.runtime("publisher")
    fill(full, published_rows)
    rates: dict[str, list[float]] = {BARE: [], RELAY: [], FULL: [], CELERY: []}
    for number in range(1, rounds + 1):
        say(f"publishing, round {number} of {rounds}: {events} events")
        messages = setting.record(setting.publisher, events)
        setting.record(full, events)
        rates[BARE].append(events / publish_bare(*setting.broker, messages))
        rates[RELAY].append(events / relay(setting, setting.publisher, events))
        rates[FULL].append(events / relay(setting, full, events))
        rates[CELERY].append(celery(setting, messages[: events // 10]))
        setting.purge(QUEUE)
    full.close()
    return {name: statistics.median(found) for name, found in rates.items()}


def relay(setting: Setting, runtime: Runtime, events: int) -> float:
    """Seconds to publish and mark everything that is pending."""
    with setting.bus.publisher() as publisher:
        running = Relay(runtime, publisher)
        started = time.perf_counter()
        confirmed = 0
        while confirmed < events:
            done = running.run_once()
            if done.stuck:
                raise RuntimeError(f"the relay is stuck: {publisher.last_error}")
            confirmed += done.confirmed
        seconds = time.perf_counter() - started
        running.lease.release()
    return seconds


def celery(setting: Setting, messages: list[OutboundMessage]) -> float:
    """Events a second that Celery publishes, each one confirmed before the next."""
    from peer import QUEUE as PEER_QUEUE
    from peer import app, note

    texts = [message.body.decode() for message in messages]
    with app.producer_or_acquire() as producer:
        note.apply_async((str(new_id()), texts[0]), producer=producer)
        started = time.perf_counter()
        for body in texts:
            note.apply_async((str(new_id()), body), producer=producer)
        seconds = time.perf_counter() - started
    setting.purge(PEER_QUEUE)
    return len(texts) / seconds


def table(rates: dict[str, float]) -> list[str]:
    limit, peer = rates[BARE], rates[CELERY]
    return [
        "| publishing, quorum queue | events/s | of the limit | times Celery |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {rate:,.0f} | {rate / limit:.0%} | {rate / peer:.1f} |" for name, rate in rates.items()),
    ]

"""The peer: Celery on the same broker, with confirmed publishing and late acknowledgement, and the same effect."""

import os

from celery import Celery
from kombu import Queue
from sqlalchemy import create_engine, text

QUEUE = "celery-peer"
app = Celery("peer", broker=os.environ.get("BENCH_AMQP_URL", "memory://"))
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=100,
    broker_transport_options={"confirm_publish": True},
    task_default_queue=QUEUE,
    task_queues=[Queue(QUEUE, queue_arguments={"x-queue-type": "quorum"})],
    broker_native_delayed_delivery_queue_type="quorum",
    worker_detect_quorum_queues=True,
    broker_connection_retry_on_startup=True,
    worker_send_task_events=False,
)
_engine = None


@app.task(name="note")
def note(event_id: str, body: str) -> None:
    """What the consumer of the suite does for one event: remember the id, and write the effect, in one commit."""
    global _engine
    if _engine is None:
        _engine = create_engine(os.environ["BENCH_DATABASE_URL"])
    with _engine.begin() as connection:
        new = connection.execute(
            text("INSERT INTO peer_seen (id) VALUES (:id) ON CONFLICT DO NOTHING RETURNING id"), {"id": event_id}
        ).first()
        if new:
            connection.execute(text("INSERT INTO peer_notes (text) VALUES (:text)"), {"text": body[:80]})

"""The limit: py-amqp publishing the same messages to the same kind of queue, confirms pipelined, and nothing else."""

import time
from collections.abc import Sequence

import amqp

from shared.bus import OutboundMessage
from shared.bus.spool_publishing import properties_of

WINDOW = 500


def publish_bare(host: str, port: int, user: str, password: str, messages: Sequence[OutboundMessage]) -> float:
    """Seconds for all of them to be confirmed."""
    connection = amqp.Connection(f"{host}:{port}", userid=user, password=password)
    connection.connect()
    channel = connection.channel()
    channel.queue_declare("bare-limit", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
    channel.confirm_select()
    open_tags: set[int] = set()

    def confirmed(tag: int, multiple: bool) -> None:
        if multiple:
            open_tags.difference_update([each for each in open_tags if each <= tag])
        else:
            open_tags.discard(tag)

    channel.events["basic_ack"].add(confirmed)
    started = time.perf_counter()
    for tag, message in enumerate(messages, start=1):
        while len(open_tags) >= WINDOW:
            connection.drain_events(timeout=5)
        open_tags.add(tag)
        channel.basic_publish(
            amqp.Message(
                message.body,
                content_type=message.content_type,
                application_headers=dict(message.headers),
                **properties_of(message),
            ),
            routing_key="bare-limit",
            mandatory=True,
        )
    while open_tags:
        connection.drain_events(timeout=5)
    seconds = time.perf_counter() - started
    channel.queue_delete("bare-limit")
    connection.close()
    return seconds

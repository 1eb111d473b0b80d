"""Looking at a test's RabbitMQ with an independent client, pika, to clean it and to speak out of turn."""

from collections.abc import Iterable

import pika

from shared.service import Service
from shared.worker.declaring import topology


def open_connection(url: str) -> pika.BlockingConnection:
    """A connection by pika; it writes the default virtual host as %2F where kombu writes a slash."""
    return pika.BlockingConnection(pika.URLParameters(url.removesuffix("//") + "/%2F" if url.endswith("//") else url))


def remove_topology(url: str, services: Iterable[Service]) -> None:
    """Delete the queues and exchanges of these services."""
    connection = open_connection(url)
    try:
        channel = connection.channel()
        for service in services:
            declared = topology(service)
            for queue in declared.queues:
                channel.queue_delete(queue)
            for exchange in declared.exchanges:
                channel.exchange_delete(exchange.name)
    finally:
        connection.close()

"""Carrying messages between services: RabbitMQ (`amqp://`) or a folder of one machine (`spool:///path`).

    bus = connect(settings.bus_url)
    bus.declare(topology_for("activities", consumes=[Consumption("facilities")]))
    with bus.publisher() as publisher: publisher.publish(messages, wait=10)
    bus.receiver(["activities.facilities-events"]).run(stop, on_batch)

At least once and in order per queue; outbox and inbox make "once" of it.
"""

from shared.bus.connecting import connect
from shared.bus.messages import CLOUD_EVENTS, DatabaseAway, OutboundMessage, Outcome, ReceivedMessage
from shared.bus.protocol import Bus, Capabilities, Declared, Publisher, Receiver, TakeBatch, WaitUntilReady
from shared.bus.topology import (
    QUEUE_ARGUMENTS,
    Binding,
    Consumption,
    Exchange,
    ForeignBinding,
    Topology,
    contacts_exchange,
    events_exchange,
    events_queue,
    requests_exchange,
    snapshots_exchange,
    topology_for,
)

__all__ = [
    "CLOUD_EVENTS",
    "QUEUE_ARGUMENTS",
    "Binding",
    "Bus",
    "Capabilities",
    "Consumption",
    "DatabaseAway",
    "Declared",
    "Exchange",
    "ForeignBinding",
    "OutboundMessage",
    "Outcome",
    "Publisher",
    "ReceivedMessage",
    "Receiver",
    "TakeBatch",
    "Topology",
    "WaitUntilReady",
    "connect",
    "contacts_exchange",
    "events_exchange",
    "events_queue",
    "requests_exchange",
    "snapshots_exchange",
    "topology_for",
]

"""Who declares what, by name."""

import pytest

from shared.bus import Binding, Consumption, Exchange, ForeignBinding, topology_for


def test_every_service_owns_its_events_requests_and_snapshots() -> None:
    topology = topology_for("facilities")
    assert topology.exchanges == (
        Exchange("facilities.events", "topic"),
        Exchange("facilities.requests", "topic"),
        Exchange("facilities.snapshots", "direct"),
    )
    assert topology.queues == ("facilities.requests",)
    assert topology.bindings == (Binding("facilities.requests", "facilities.requests", "#"),)
    assert topology.foreign_bindings == ()


def test_only_who_publishes_contacts_owns_an_exchange_for_them() -> None:
    assert Exchange("membership.contacts", "topic") in topology_for("membership", publishes_contacts=True).exchanges
    assert Exchange("membership.contacts", "topic") not in topology_for("membership").exchanges


def test_a_consumer_binds_one_queue_a_publisher_to_all_its_events_and_to_its_own_snapshots() -> None:
    topology = topology_for("activities", consumes=[Consumption("facilities")])
    queue = "activities.facilities-events"
    assert topology.queues == ("activities.requests", queue)
    assert topology.foreign_bindings == (
        ForeignBinding("facilities", Binding(queue, "facilities.events", "facilities.#")),
        ForeignBinding("facilities", Binding(queue, "facilities.snapshots", queue)),
    )


def test_contact_details_and_their_snapshots_come_over_the_contacts_exchange_alone() -> None:
    wish = Consumption("membership", queue="notifications.membership-contacts", exchange="membership.contacts")
    topology = topology_for("notifications", consumes=[Consumption("membership"), wish])
    bound = {
        (f.binding.exchange, f.binding.routing_key) for f in topology.foreign_bindings if f.binding.queue == wish.queue
    }
    assert bound == {
        ("membership.contacts", "membership.#"),
        ("membership.contacts", "notifications.membership-contacts"),
    }


def test_the_same_queue_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"welfare\.membership-events is declared twice"):
        topology_for("welfare", consumes=[Consumption("membership"), Consumption("membership")])

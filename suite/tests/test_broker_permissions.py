"""What each service's user may do at the broker, held against the names that services declare."""

import re

import pytest

from shared.bus.topology import Consumption, contacts_exchange, topology_for
from suite.broker_setup import SERVICES, permissions, policy


def allowed(service: str, action: str, name: str) -> bool:
    """Whether the broker would allow it: permissions are searched for, as RabbitMQ does."""
    return re.search(permissions(service)[action], name) is not None


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_declare_and_bind_its_whole_topology(service: str) -> None:
    others = [Consumption(other) for other in SERVICES if other != service]
    topology = topology_for(service, publishes_contacts=service == "membership", consumes=others)
    for name in (*(exchange.name for exchange in topology.exchanges), *topology.queues):
        assert allowed(service, "configure", name)
        assert allowed(service, "write", name)
        assert allowed(service, "read", name)
    for foreign in topology.foreign_bindings:
        assert allowed(service, "write", foreign.binding.queue)
        assert allowed(service, "read", foreign.binding.exchange)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_ask_others_for_snapshots_and_publish_nothing_in_their_name(service: str) -> None:
    for other in set(SERVICES) - {service}:
        assert allowed(service, "write", f"{other}.requests")
        for forbidden in (f"{other}.events", f"{other}.snapshots", f"{other}.{service}-events", "amq.default"):
            assert not allowed(service, "write", forbidden)
            assert not allowed(service, "configure", forbidden)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_nobody_elses_queues(service: str) -> None:
    for other in set(SERVICES) - {service}:
        for queue in (f"{other}.{service}-events", f"{other}.requests", f"{other}.dead-letters"):
            assert not allowed(service, "read", queue)


def test_only_notifications_and_their_owner_read_contact_details() -> None:
    readers = {service for service in SERVICES if allowed(service, "read", contacts_exchange("membership"))}
    assert readers == {"membership", "notifications"}


def test_a_name_that_only_begins_like_a_service_is_not_its_own() -> None:
    assert not allowed("welfare", "configure", "welfare-copy.events")
    assert not allowed("welfare", "read", "x.membership.events")


def test_the_policy_covers_every_queue_of_the_service_but_its_dead_letters() -> None:
    pattern = policy("activities")["pattern"]
    assert re.search(pattern, "activities.facilities-events")
    assert re.search(pattern, "activities.requests")
    assert not re.search(pattern, "activities.dead-letters")
    assert not re.search(pattern, "facilities.activities-events")

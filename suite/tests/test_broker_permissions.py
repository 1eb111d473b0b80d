"""What each service's user may do at the broker, held against the names that services declare and need.

A real broker is asked in tests/integration/test_broker_users.py.
"""

import json
import re
from pathlib import Path

import pytest

from shared.bus.topology import Consumption, contacts_exchange, topology_for
from suite.broker_setup import SERVICES, Refused, contracts_folder, exchanges_read, permissions, policy


def allowed(service: str, action: str, name: str) -> bool:
    """Whether the broker would allow it: permissions are searched for, as RabbitMQ does."""
    return re.search(permissions(service, exchanges_read(service, contracts_folder()))[action], name) is not None


def publishers_of(service: str) -> set[str]:
    return {path.stem for path in (contracts_folder() / service / "needs").glob("*.json")}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_declare_and_bind_its_whole_topology(service: str) -> None:
    others = [Consumption(other) for other in publishers_of(service)]
    topology = topology_for(service, publishes_contacts=service == "membership", consumes=others)
    for name in (*(exchange.name for exchange in topology.exchanges), *topology.queues):
        assert allowed(service, "configure", name)
        assert allowed(service, "write", name)
        assert allowed(service, "read", name)
    for foreign in topology.foreign_bindings:
        assert allowed(service, "write", foreign.binding.queue)
        assert allowed(service, "read", foreign.binding.exchange)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_ask_those_that_it_reads_and_publish_nothing_in_their_name(service: str) -> None:
    for other in set(SERVICES) - {service}:
        assert allowed(service, "write", f"{other}.requests") == (other in publishers_of(service))
        assert allowed(service, "read", f"{other}.events") == (other in publishers_of(service))
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


def test_needs_of_contact_details_by_anybody_else_stop_the_set_up(tmp_path: Path) -> None:
    needs = tmp_path / "welfare" / "needs" / "membership.json"
    needs.parent.mkdir(parents=True)
    event = {"queue": "welfare.membership-contacts"}
    needs.write_text(json.dumps({"publisher": "membership", "events": {"contact.changed.v1": event}}))
    with pytest.raises(Refused, match="only notifications may"):
        exchanges_read("welfare", tmp_path)


def test_a_name_that_only_begins_like_a_service_is_not_its_own() -> None:
    assert not allowed("welfare", "configure", "welfare-copy.events")
    assert not allowed("welfare", "read", "x.membership.events")
    assert not allowed("welfare", "read", "membership.events.more")


def test_the_safety_net_belongs_to_the_administrator() -> None:
    for action in ("configure", "write", "read"):
        assert not allowed("welfare", action, "welfare.dead-letters")


def test_the_policy_covers_every_queue_of_the_service_but_its_dead_letters() -> None:
    pattern = policy("activities")["pattern"]
    assert re.search(pattern, "activities.facilities-events")
    assert re.search(pattern, "activities.requests")
    assert not re.search(pattern, "activities.dead-letters")
    assert not re.search(pattern, "facilities.activities-events")

"""Every snapshot that a service declares can be asked for."""

import importlib

import pytest

from suite.broker_setup import SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_declares_as_a_snapshot_it_also_gives(name: str) -> None:
    service = importlib.import_module(f"{name}.service").SERVICE
    declared = [kind for kind in service.registry if kind.is_snapshot]
    nouns = {kind.name.removesuffix(".snapshot") for kind in declared}
    given = {kind.routing_key for noun in nouns for kind, _ in service.snapshots_of(noun)}
    assert {kind.routing_key for kind in declared} == given

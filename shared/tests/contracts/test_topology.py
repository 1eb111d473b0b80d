"""What a release may change of the queues and exchanges that other releases find on the broker."""

from dataclasses import replace
from typing import Any

import pytest
from marshmallow import fields

from shared.bus.topology import Exchange
from shared.contracts.folder import Contracts
from shared.contracts.topology import broken_topology, described
from shared.operations.contracts import retire
from shared.worker.declaring import topology


def sentences(releases: Any, declared: dict[str, Any]) -> list[str]:
    return [str(breach) for breach in broken_topology(Contracts(releases.folder), declared["service"], declared)]


@pytest.fixture
def house(releases: Any) -> dict[str, Any]:
    return described(topology(releases.reader("lamp.lit", {"lamp_id": fields.UUID()})))


def test_the_same_topology_breaks_nothing(releases: Any, house: dict[str, Any]) -> None:
    assert sentences(releases, house) == []


def test_another_argument_of_a_queue_is_a_406_for_the_other_release(releases: Any, house: dict[str, Any]) -> None:
    for queue in house["queues"]:
        queue["arguments"] = {**queue["arguments"], "x-delivery-limit": 20}
    assert (
        "house queue house.lamps-events: arguments changed from x-queue-type=quorum, x-single-active-consumer=True to "
        "x-delivery-limit=20, x-queue-type=quorum, x-single-active-consumer=True: the broker answers 406 to whichever "
        "release declares it second."
    ) in sentences(releases, house)


def test_another_type_of_an_exchange_is_refused(releases: Any) -> None:
    declared = topology(releases.reader("lamp.lit", {"lamp_id": fields.UUID()}))
    direct = described(replace(declared, exchanges=(Exchange("house.events", "direct"), *declared.exchanges[1:])))
    assert sentences(releases, direct) == [
        "house exchange house.events: type changed from topic to direct: the broker answers 406 to whichever "
        "release declares it second."
    ]


def test_a_queue_that_is_left_behind_is_refused_until_it_is_retired(releases: Any) -> None:
    silent = releases.publisher()
    silent = replace(silent, name="house", registry=type(silent.registry)("house"))
    gone = "house queue house.lamps-events: is not declared any more, and on the broker it stays bound and fills up"
    assert releases.broken(silent) == [f"{gone} with nobody reading it."]
    retire(silent, releases.folder, "house.lamps-events")
    releases.write(silent)
    assert "was retired, and a name is not used twice" in str(
        releases.broken(releases.reader("lamp.lit", {"lamp_id": fields.UUID()}))
    )


def test_an_exchange_that_others_bind_to_cannot_go(releases: Any, lamp: Any) -> None:
    declared = described(topology(releases.publisher(("lamp.lit", 1, lamp))))
    declared["exchanges"] = [each for each in declared["exchanges"] if each["name"] != "lamps.events"]
    assert sentences(releases, declared) == [
        "lamps exchange lamps.events: is not declared any more, and whoever binds to it hears nothing. Breaks: house."
    ]


def test_a_new_binding_is_nobodys_trouble(releases: Any, house: dict[str, Any]) -> None:
    house["bindings"].append({"queue": "house.lamps-events", "exchange": "doors.events", "routing_key": "doors.#"})
    assert sentences(releases, house) == []

"""Which exchanges and queues a service declares on the broker, as a contract between its releases.

A broker refuses to declare again what exists with other arguments (406), so that the second of two releases could not
start. What may be tuned is a policy and does not stand here.
"""

from collections.abc import Mapping
from typing import Any

from shared.bus.topology import QUEUE_ARGUMENTS, Topology
from shared.contracts.folder import Contracts
from shared.contracts.promises import Breach

_INSTEAD = "Leave it as it was: tune it by a policy, or declare another name and drain the old one."


def described(topology: Topology) -> dict[str, Any]:
    """The contract: what is declared, with everything that the broker compares."""
    bindings = [*topology.bindings, *(foreign.binding for foreign in topology.foreign_bindings)]
    return {
        "service": topology.service,
        "exchanges": [
            {"name": exchange.name, "type": exchange.type, "durable": True, "auto_delete": False}
            for exchange in sorted(topology.exchanges, key=lambda exchange: exchange.name)
        ],
        "queues": [
            {
                "name": queue,
                "durable": True,
                "exclusive": False,
                "auto_delete": False,
                "arguments": dict(QUEUE_ARGUMENTS),
            }
            for queue in sorted(topology.queues)
        ],
        "bindings": sorted(
            ({"queue": each.queue, "exchange": each.exchange, "routing_key": each.routing_key} for each in bindings),
            key=lambda binding: (binding["queue"], binding["exchange"], binding["routing_key"]),
        ),
    }


def names_in(topology: Mapping[str, Any]) -> list[str]:
    """The exchanges and queues of a described topology."""
    return [each["name"] for kind in ("exchanges", "queues") for each in topology[kind]]


def broken_topology(contracts: Contracts, service: str, declared: Mapping[str, Any]) -> list[Breach]:
    """What today's topology breaks for the release whose topology is stored."""
    stored = contracts.topology(service)
    if stored is None:
        return []
    retired = (contracts.released(service) or {}).get("retired", ())
    found = []
    for kind in ("exchange", "queue"):
        now = {each["name"]: each for each in declared[f"{kind}s"]}
        for before in stored[f"{kind}s"]:
            name = before["name"]
            if name in now:
                found += _changed(service, kind, before, now[name])
            elif name not in retired:
                found.append(_gone(contracts, service, kind, name))
    return found


def _changed(service: str, kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Breach]:
    return [
        Breach(
            f"{service} {kind} {before['name']}",
            f"{what} changed from {_shown(before.get(what))} to {_shown(now.get(what))}: the broker answers 406 to "
            "whichever release declares it second",
            (),
            _INSTEAD,
        )
        for what in sorted({*before, *now})
        if before.get(what) != now.get(what)
    ]


def _gone(contracts: Contracts, service: str, kind: str, name: str) -> Breach:
    retire = f"Then: {service} contracts --retire {name}"
    if kind == "queue":
        fact = "is not declared any more, and on the broker it stays bound and fills up with nobody reading it"
        return Breach(f"{service} queue {name}", fact, (), f"Let the old release drain it and delete it. {retire}")
    bound = {
        other
        for other in contracts.services()
        for binding in (contracts.topology(other) or {}).get("bindings", ())
        if binding["exchange"] == name and other != service
    }
    fact = "is not declared any more, and whoever binds to it hears nothing"
    return Breach(f"{service} exchange {name}", fact, tuple(sorted(bound)), f"Wait until nobody binds to it. {retire}")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={inner}" for key, inner in sorted(value.items())) or "without arguments"
    return "not said" if value is None else str(value)

"""In which body a role has to be held at a door: in any, in one that the place is for, or in one that the record named
in the address belongs to. A service declares it once, by the parameters of its addresses and by its blueprints; the
guards ask it before a view begins, and the access matrix is read from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, request
from sqlalchemy import Select

from shared.principal import ALL_BODIES, Principal
from shared.refusal import NotFound
from shared.web.context import principal, reading

ANY = "any"
RECORD = "record"
EXTENSION = "yizhan_belonging"


@dataclass(frozen=True)
class Owned:
    """What an address names by a parameter, and whose it is: ``owners`` selects pairs of id and body, several for what
    several bodies hold together.

    Viewers of any body may read what is ``open``. Of what is ``confidential`` nobody outside its bodies learns that it
    exists: 404 instead of 403. What belongs to no body, or to all (``*``), is left to the view.
    """

    owners: Select[*tuple[Any, ...]]
    noun: str
    open: bool = False
    confidential: bool = False

    def bodies(self, record_id: object) -> list[str | None]:
        """The bodies of one record; empty when there is none."""
        first, second = self.owners.selected_columns
        with reading() as session:
            chosen = self.owners.with_only_columns(second, maintain_column_froms=True).where(first == record_id)
            return list(session.scalars(chosen))


@dataclass(frozen=True)
class Within:
    """The body in which the role has to be held in all addresses of a blueprint: ``any``, a body, or ``*`` for all.
    ``writing`` is for what needs more than a viewer."""

    reading: str = ANY
    writing: str = ANY


@dataclass(frozen=True)
class Reach:
    """What one door asks: ``body`` is ``any``, ``record``, a body or ``*``; ``parameter`` names the record."""

    body: str = ANY
    parameter: str = ""
    confidential: bool = False


@dataclass(frozen=True)
class Belonging:
    """What a service declares: records by the parameter of an address, and blueprints by their names."""

    records: Mapping[str, Owned] = field(default_factory=dict)
    places: Mapping[str, Within] = field(default_factory=dict)

    def reach(self, endpoint: str, parameters: frozenset[str], role: str) -> Reach:
        """What a route asks of somebody with this role: what its place says, else what the first record in the order of
        the declaration says."""
        within = self.places.get(endpoint.rpartition(".")[0], Within())
        named = within.reading if role == "viewer" else within.writing
        if named != ANY:
            return Reach(named)
        for parameter, owned in self.records.items():
            if parameter in parameters:
                if owned.open and role == "viewer":
                    return Reach()
                return Reach(RECORD, parameter, owned.confidential)
        return Reach()


def register(app: Flask, belonging: Belonging) -> None:
    app.extensions[EXTENSION] = belonging


def belonging_of(app: Flask) -> Belonging:
    """What the application's service declared."""
    held: Belonging = app.extensions.get(EXTENSION) or Belonging()
    return held


def demand_body(role: str, arguments: Mapping[str, Any]) -> None:
    """Before a view: Forbidden, or NotFound where existence is confidential, for who holds the role elsewhere only."""
    belonging = belonging_of(current_app)
    reach = belonging.reach(request.endpoint or "", frozenset(arguments), role)
    if reach.body == RECORD:
        _demand_one(principal(), role, belonging.records[reach.parameter], arguments[reach.parameter])
    elif reach.body != ANY:
        principal().demand(role, reach.body)


def _demand_one(who: Principal, role: str, owned: Owned, record_id: object) -> None:
    if who.allows(role, ALL_BODIES):
        return
    found = owned.bodies(record_id)
    if not found and owned.confidential:
        raise NotFound(owned.noun)  # in the same words as for a record of another body
    bodies = [body for body in found if body not in (None, ALL_BODIES)]
    if not bodies or any(who.allows(role, body) for body in bodies):
        return
    if owned.confidential and not any(who.allows("viewer", body) for body in bodies):
        raise NotFound(owned.noun)
    who.demand(role, bodies[0])

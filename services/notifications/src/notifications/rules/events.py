"""Which events rules may listen to, and the fields of their data that conditions may compare."""

from collections.abc import Mapping
from functools import cache

from notifications.rules.conditions import kind_of
from notifications.wording.catalogue import FACTS
from shared.events.json_schema import json_schema
from shared.inbox.reactions import Reaction
from shared.service import Service

ORGANISATION = "organisation_id"
SHIFT = "shift_id"
_CONFIDENTIAL = ("welfare.", "membership.development.")


def is_confidential(event_type: str) -> bool:
    """Whether nobody but whom it concerns, and staff of the owning body, may hear that it happened."""
    return event_type.startswith(_CONFIDENTIAL)


def has_a_time(event_type: str) -> bool:
    """Whether what it is about begins at some time."""
    return "when" in FACTS.get(event_type, {})


def events_for_rules(service: Service) -> list[str]:
    """The events that are read and told of here, as ``<service>.<noun>.<verb>``."""
    return sorted(_reactions(service))


def fields_of(service: Service, event_type: str) -> Mapping[str, str]:
    """The kind of each field that this service asks of the event in its contract; empty for an unknown event."""
    reaction = _reactions(service).get(event_type)
    return _fields(reaction) if reaction is not None else {}


def _reactions(service: Service) -> dict[str, Reaction]:
    return {
        f"{reactions.publisher}.{reaction.name}": reaction
        for reactions in service.reactions
        for reaction in reactions
        if f"{reactions.publisher}.{reaction.name}" in FACTS
    }


@cache
def _fields(reaction: Reaction) -> Mapping[str, str]:
    schema = json_schema(reaction.needs, title=reaction.name, meaning="", published=False)
    kinds = {name: kind_of(field) for name, field in schema.get("properties", {}).items()}
    return {name: kind for name, kind in kinds.items() if kind is not None}

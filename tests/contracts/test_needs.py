"""What each consumer needs is what its publisher promises. Only the committed contracts are read, no code."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.folder import Contracts, Need
from shared.contracts.promises import digest, unmet_needs

CONTRACTS = Contracts(Path(__file__).parents[2] / "contracts")
NEEDS = [pytest.param(need, id=f"{need.consumer}-{need.publisher}-{need.event}") for need in CONTRACTS.needs()]
SERVICES = [service for service in CONTRACTS.services() if (CONTRACTS.root / service / "asyncapi.yaml").exists()]


def schemas() -> list[Any]:
    return [
        pytest.param(service, event, schema, id=f"{service}-{event}")
        for service in SERVICES
        for event, schema in CONTRACTS.schemas(service).items()
    ]


@pytest.mark.parametrize("need", NEEDS)
def test_a_need_is_promised(need: Need) -> None:
    assert [str(breach) for breach in unmet_needs(CONTRACTS, [need])] == []


@pytest.mark.parametrize("need", NEEDS)
def test_the_example_is_readable_for_the_consumer(need: Need) -> None:
    example = CONTRACTS.example(need.publisher, need.event)
    Draft202012Validator(need.data, format_checker=FormatChecker()).validate(example)


@pytest.mark.parametrize(("service", "event", "schema"), schemas())
def test_an_example_fits_its_own_schema(service: str, event: str, schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(CONTRACTS.example(service, event))


@pytest.mark.parametrize(("service", "event", "schema"), schemas())
def test_every_published_field_has_a_meaning(service: str, event: str, schema: dict[str, Any]) -> None:
    assert schema["description"]
    assert list(_silent(schema)) == []


def _silent(schema: dict[str, Any]) -> Any:
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield name
        yield from _silent(field)
    if isinstance(schema.get("items"), dict):
        yield from _silent(schema["items"])


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_of_what_was_released_is_what_is_stored(service: str) -> None:
    """The command refuses to go on without it; a hand that changes one of the two is seen here as well."""
    stored = {event: digest(schema) for event, schema in CONTRACTS.schemas(service).items()}
    released = json.loads((CONTRACTS.root / service / "released.json").read_text(encoding="utf-8"))
    assert released["events"] == stored
    assert not set(released["retired"]) & set(stored)

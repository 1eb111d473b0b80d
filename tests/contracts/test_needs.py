"""What each consumer needs is what its publisher promises. Only the committed contracts are read, no code."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

CONTRACTS = Path(__file__).parents[2] / "contracts"


def needs() -> list[Any]:
    """Every event that some consumer reads."""
    return [
        pytest.param(path.parent.parent.name, path.stem, name, need, id=f"{path.parent.parent.name}-{name}")
        for path in sorted(CONTRACTS.glob("*/needs/*.json"))
        for name, need in json.loads(path.read_text(encoding="utf-8"))["events"].items()
    ]


def schemas() -> list[Any]:
    return [
        pytest.param(path, id=f"{path.parents[1].name}-{path.name.removesuffix('.schema.json')}")
        for path in sorted(CONTRACTS.glob("*/events/*.schema.json"))
    ]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("consumer", "publisher", "name", "need"), needs())
def test_a_need_is_promised(consumer: str, publisher: str, name: str, need: dict[str, Any]) -> None:
    path = CONTRACTS / publisher / "events" / f"{name}.schema.json"
    assert path.exists(), f"{consumer} reads {name}, which {publisher} does not publish"
    promised = load(path)
    unpromised = set(need["data"].get("required", ())) - set(promised.get("required", ()))
    assert not unpromised, f"{consumer} cannot do without {sorted(unpromised)}, which {publisher} may leave out"
    for field, wanted in need["data"].get("properties", {}).items():
        given = promised["properties"].get(field)
        assert given is None or _fits(given, wanted), f"{field}: {publisher} says {given}, {consumer} reads {wanted}"


@pytest.mark.parametrize(("consumer", "publisher", "name", "need"), needs())
def test_the_example_is_readable_for_the_consumer(
    consumer: str, publisher: str, name: str, need: dict[str, Any]
) -> None:
    example = load(CONTRACTS / publisher / "events" / "examples" / f"{name}.json")
    Draft202012Validator(need["data"], format_checker=FormatChecker()).validate(example)


@pytest.mark.parametrize("path", schemas())
def test_an_example_fits_its_own_schema(path: Path) -> None:
    schema = load(path)
    Draft202012Validator.check_schema(schema)
    example = load(path.parent / "examples" / path.name.replace(".schema.json", ".json"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(example)


def _fits(given: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether every type that may be given is one that is read."""
    return _types(given) <= _types(wanted) or "type" not in wanted


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)

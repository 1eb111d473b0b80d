"""What one schema allows beyond another one: in words for people, and against a real validator as the oracle."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.comparison import excess, fields_of, promise

LAMP: dict[str, Any] = {
    "type": "object",
    "title": "lamp",
    "properties": {
        "name": {"type": "string", "maxLength": 80, "description": "What people call it."},
        "state": {"type": "string", "enum": ["on", "off"]},
        "room": {"type": ["string", "null"]},
        "watts": {"type": "integer", "minimum": 1},
        "times": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string", "format": "date-time"}},
                "required": ["at"],
            },
        },
    },
    "required": ["name", "state", "room"],
}


def changed(path: str, **to: Any) -> dict[str, Any]:
    """The lamp with something else said of one field; None takes a keyword away."""
    schema = deepcopy(LAMP)
    place: Any = schema
    for step in path.split("."):
        place = place[step] if step == "items" else place["properties"][step]
    for key, value in to.items():
        if value is None:
            del place[key]
        else:
            place[key] = value
    return schema


def without(name: str) -> dict[str, Any]:
    schema = deepcopy(LAMP)
    del schema["properties"][name]
    schema["required"] = [each for each in schema["required"] if each != name]
    return schema


def with_field(name: str, said: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    schema = deepcopy(LAMP)
    schema["properties"][name] = said
    if required:
        schema["required"].append(name)
    return schema


def optional(name: str) -> dict[str, Any]:
    return {**LAMP, "required": [each for each in LAMP["required"] if each != name]}


BREAKS_READERS = [
    (without("watts"), "watts is not sent"),
    (without("name"), "name is not sent"),
    (optional("name"), "name may be missing"),
    (changed("name", type=["string", "null"]), "name may be null"),
    (changed("name", type="integer"), "name may be an integer, not only a string"),
    (changed("name", type=None), "name may be null"),
    (changed("watts", type="number"), "watts may be a number, not only an integer"),
    (changed("name", maxLength=None), "name may be longer than 80 characters"),
    (changed("name", maxLength=100), "name may be longer than 80 characters"),
    (changed("state", enum=["on", "off", "broken"]), "state may be broken, not only on and off"),
    (changed("state", enum=None), "state may be anything, not only on and off"),
    (changed("watts", minimum=0), "watts may be less than 1"),
    (changed("times.items.at", format=None), "times[].at need not be a time with a zone"),
    (changed("times.items", required=[]), "times[].at may be missing"),
    (changed("name", anyOf=[{"minLength": 1}]), "name differs in anyOf, which cannot be judged"),
]
BREAKS_WHAT_IS_UNDER_WAY = [
    (changed("name", maxLength=20), "name may be longer than 20 characters"),
    (changed("name", pattern="^[a-z]+$"), "name need not match ^[a-z]+$"),
    (changed("name", minLength=1), "name may be shorter than 1 character"),
    (changed("state", enum=["on"]), "state may be off, not only on"),
    (changed("room", type="string"), "room may be null"),
    ({**LAMP, "required": [*LAMP["required"], "watts"]}, "watts may be missing"),
    (with_field("colour", {"type": "string"}, required=True), "colour is not sent"),
]


def said(given_schema: dict[str, Any], accepted: dict[str, Any], *, names: bool) -> list[str]:
    return [f"{each.field} {each.fact}" for each in excess(given_schema, accepted, names=names)]


@pytest.mark.parametrize(("now", "sentence"), BREAKS_READERS)
def test_what_a_publisher_widens_breaks_its_readers(now: dict[str, Any], sentence: str) -> None:
    assert sentence in said(now, LAMP, names=True)


@pytest.mark.parametrize(("now", "sentence"), BREAKS_WHAT_IS_UNDER_WAY)
def test_what_a_publisher_narrows_breaks_events_under_way(now: dict[str, Any], sentence: str) -> None:
    assert said(LAMP, now, names=False) == [sentence]
    assert said(now, LAMP, names=True) == []


@pytest.mark.parametrize(
    "now",
    [
        LAMP,
        with_field("colour", {"type": ["string", "null"]}),
        changed("times.items", properties={**LAMP["properties"]["times"]["items"]["properties"], "by": {}}),
        changed("name", description="Said in other words."),
        {**LAMP, "title": "torch"},
    ],
    ids=["nothing", "an optional field", "an optional field inside", "other words", "another title"],
)
def test_an_optional_field_and_other_words_break_nobody(now: dict[str, Any]) -> None:
    assert said(now, LAMP, names=True) == []
    assert said(LAMP, now, names=False) == []


def test_a_consumer_that_takes_nothing_unknown_is_broken_by_what_it_does_not_name() -> None:
    closed = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
    assert "state is sent, and nothing unknown is taken here" in said(LAMP, closed, names=True)


def test_a_choice_between_a_schema_and_null_is_that_schema_or_null() -> None:
    nested = {"anyOf": [{"type": "object", "properties": {"id": {"type": "string"}}}, {"type": "null"}]}
    assert said(with_field("owner", nested), with_field("owner", {"type": "object"}), names=True) == [
        "owner may be null"
    ]


def test_fields_are_named_by_their_paths() -> None:
    assert list(fields_of(LAMP)) == ["name", "state", "room", "watts", "times", "times[].at"]


def test_a_field_called_title_or_default_is_a_promise_like_any_other() -> None:
    schema = {"title": "word", "properties": {"title": {"type": "string"}, "default": {"type": "string"}}}
    assert promise(schema) == {"properties": {"title": {"type": "string"}, "default": {"type": "string"}}}


PLAIN = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={"maxLength": st.integers(0, 3), "minLength": st.integers(0, 2), "enum": st.just(["a", "bb"])},
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={"minimum": st.integers(0, 3), "maximum": st.integers(2, 5)},
    ),
    st.sampled_from([{"type": ["string", "null"]}, {"type": "boolean"}, {"type": ["integer", "null"], "minimum": 1}]),
    st.sampled_from([{"type": "string", "format": "date"}, {"enum": ["a", None]}, {}]),
)
NAMES = st.sampled_from(["a", "b"])
OBJECT = st.builds(
    lambda properties, required: {"type": "object", "properties": properties, "required": sorted(required)},
    st.dictionaries(
        NAMES, st.one_of(PLAIN, st.builds(lambda items: {"type": "array", "items": items}, PLAIN)), max_size=2
    ),
    st.sets(NAMES, max_size=2),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 6),
    st.sampled_from([0.5, 2.5]),
    st.text("abc", max_size=4),
    st.just("2026-11-23"),
)
DATA = st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=2)), max_size=2)


# The machine may be busy: how long an example takes says nothing.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(OBJECT, OBJECT, st.lists(DATA, min_size=1, max_size=20))
def test_where_nothing_is_beyond_every_value_of_the_one_fits_the_other(
    one: dict[str, Any], other: dict[str, Any], values: list[dict[str, Any]]
) -> None:
    if excess(one, other, names=False):
        return
    fits_one = Draft202012Validator(one, format_checker=FormatChecker())
    fits_other = Draft202012Validator(other, format_checker=FormatChecker())
    for value in values:
        named = {name: inner for name, inner in value.items() if name in one["properties"]}
        if fits_one.is_valid(named):
            assert fits_other.is_valid(named), (one, other, named)


@UNHURRIED
@given(OBJECT)
def test_a_schema_has_nothing_beyond_itself(schema: dict[str, Any]) -> None:
    assert excess(schema, schema, names=False) == []

"""What a release may change of what earlier ones promised, seen from the command that writes contracts/."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from marshmallow import fields, validate

from shared.contracts.folder import Contracts
from shared.operations.command_line import _Commands, _contracts
from shared.operations.contracts import retire, unmet

PROMISED = "against what was promised"
UNDER_WAY = "in events that are under way, kept or replayed, and is not allowed any more"


def test_an_optional_field_passes_and_its_files_are_to_be_written_again(releases: Any, lamp: Any) -> None:
    later = releases.publisher(("lamp.lit", 1, {**lamp, "colour": fields.String()}))
    assert "lamps/events/lamp.lit.v1.schema.json" in releases.write(later, check=True)
    releases.write(later)
    assert releases.write(later) == []
    assert "lamps lamp.lit.v1: colour is not sent, against what was promised." in releases.broken(
        releases.publisher(("lamp.lit", 1, lamp))
    )


def test_a_renamed_field_is_refused_with_the_consumers_that_read_it(releases: Any, lamp: Any) -> None:
    renamed = {("title" if name == "name" else name): said for name, said in lamp.items()}
    assert releases.broken(releases.publisher(("lamp.lit", 1, renamed))) == [
        "lamps lamp.lit.v1: name is not sent (is it called title now?), against what was promised. Breaks: house.",
        f"lamps lamp.lit.v1: title is not sent {UNDER_WAY}.",
    ]


@pytest.mark.parametrize(
    ("name", "said", "sentence"),
    [
        ("name", fields.Integer(required=True), f"name may be an integer, not only a string, {PROMISED}"),
        (
            "name",
            fields.String(required=True, allow_none=True, validate=validate.Length(max=80)),
            f"name may be null, {PROMISED}",
        ),
        ("name", fields.String(validate=validate.Length(max=80)), f"name may be missing, {PROMISED}"),
        ("name", fields.String(required=True), f"name may be longer than 80 characters, {PROMISED}"),
        (
            "name",
            fields.String(required=True, validate=validate.Length(max=20)),
            f"name may be longer than 20 characters {UNDER_WAY}",
        ),
        (
            "state",
            fields.String(required=True, validate=validate.OneOf(("on", "off", "broken"))),
            f"state may be broken, not only on and off, {PROMISED}",
        ),
        ("lamp_id", fields.String(required=True), f"lamp_id need not be a UUID, {PROMISED}"),
    ],
)
def test_a_changed_field_is_refused_with_what_is_different(
    releases: Any, lamp: Any, name: str, said: Any, sentence: str
) -> None:
    breaks = " Breaks: house." if name != "state" else ""
    assert f"lamps lamp.lit.v1: {sentence}.{breaks}" in releases.broken(
        releases.publisher(("lamp.lit", 1, {**lamp, name: said}))
    )


def test_the_next_major_beside_the_old_one_passes(releases: Any, lamp: Any) -> None:
    second = {"lamp_id": lamp["lamp_id"], "title": fields.String(required=True)}
    releases.write(releases.publisher(("lamp.lit", 1, lamp), ("lamp.lit", 2, second)))
    assert sorted(Contracts(releases.folder).schemas("lamps")) == ["lamp.lit.v1", "lamp.lit.v2"]


def test_an_event_that_somebody_needs_cannot_go(releases: Any, lamp: Any) -> None:
    second = {"lamp_id": lamp["lamp_id"], "title": fields.String(required=True)}
    releases.write(releases.publisher(("lamp.lit", 1, lamp), ("lamp.lit", 2, second)))
    only_second = releases.publisher(("lamp.lit", 2, second))
    gone = "lamps lamp.lit.v1: was promised and is not declared any more."
    assert releases.broken(only_second) == [f"{gone} Breaks: house."]
    with pytest.raises(ValueError, match="still needed by house"):
        retire(only_second, releases.folder, "lamp.lit.v1")
    releases.write(releases.reader("lamp.lit", second, version=2))
    assert releases.broken(only_second) == [gone]
    retire(only_second, releases.folder, "lamp.lit.v1")
    releases.write(only_second)
    assert sorted(Contracts(releases.folder).schemas("lamps")) == ["lamp.lit.v2"]
    assert "lamps lamp.lit.v1: was retired, and a name is not used twice." in releases.broken(
        releases.publisher(("lamp.lit", 1, lamp), ("lamp.lit", 2, second))
    )


def test_nothing_is_retired_that_is_declared_or_was_never_promised(releases: Any, lamp: Any) -> None:
    service = releases.publisher(("lamp.lit", 1, lamp))
    with pytest.raises(ValueError, match="lamps still declares"):
        retire(service, releases.folder, "lamp.lit.v1")
    with pytest.raises(ValueError, match="lamps never promised"):
        retire(service, releases.folder, "lamp.sold.v1")


def test_a_promise_is_not_forgotten_with_its_file(releases: Any, lamp: Any) -> None:
    """Neither by deleting the schema, nor by editing it, nor by deleting the list of what was released."""
    stored = releases.folder / "lamps" / "events" / "lamp.lit.v1.schema.json"
    text = stored.read_text(encoding="utf-8")
    without = {name: said for name, said in lamp.items() if name != "name"}
    stored.unlink()
    assert releases.broken(releases.publisher(("lamp.lit", 1, without))) == [
        "lamps lamp.lit.v1: was released, and its schema file is gone."
    ]
    edited = json.loads(text)
    del edited["properties"]["name"]
    edited["required"].remove("name")
    stored.write_text(json.dumps(edited), encoding="utf-8")
    assert releases.broken(releases.publisher(("lamp.lit", 1, without))) == [
        "lamps lamp.lit.v1: was released, and its schema file says something else now."
    ]
    (releases.folder / "lamps" / "released.json").unlink()
    assert releases.broken(releases.publisher(("lamp.lit", 1, without))) == [
        "lamps: released.json is gone, which says what was promised."
    ]


def test_the_command_says_what_breaks_and_what_to_do(releases: Any, lamp: Any) -> None:
    group = _Commands("lamps", None)
    group.add_command(_contracts(lambda: releases.publisher(("lamp.lit", 1, {"lamp_id": lamp["lamp_id"]}))))
    answer = CliRunner().invoke(group, ["contracts", "--to", str(releases.folder)])
    assert answer.exit_code == 1
    assert (
        "broken promise: lamps lamp.lit.v1: name is not sent, against what was promised. Breaks: house."
        in answer.output
    )
    assert "declare the next major beside it, recorded together with work.record_twins" in answer.output
    assert answer.output.endswith("Error: nothing was written\n")


def test_other_words_are_no_other_promise(releases: Any, lamp: Any) -> None:
    worded = {**lamp, "watts": fields.Integer(metadata={"description": "What it draws."})}
    written = releases.write(releases.publisher(("lamp.lit", 1, worded)))
    assert written == ["lamps/events/lamp.lit.v1.schema.json"]


@pytest.mark.parametrize(
    ("reads", "sentence"),
    [
        ({"colour": fields.String(required=True)}, "as lamps promises it, colour is not sent"),
        ({"colour": fields.String()}, "as lamps promises it, colour is not sent"),
        ({"watts": fields.Integer(required=True)}, "as lamps promises it, watts may be missing"),
        ({"name": fields.Integer()}, "as lamps promises it, name may be a string, not only an integer"),
        (
            {"name": fields.String(validate=validate.Length(max=40))},
            "as lamps promises it, name may be longer than 40 characters",
        ),
        (
            {"state": fields.String(validate=validate.OneOf(("on",)))},
            "as lamps promises it, state may be off, not only on",
        ),
    ],
)
def test_a_consumer_that_needs_more_than_is_promised_hears_which_field_of_whom(
    releases: Any, reads: Any, sentence: str
) -> None:
    release = releases.reader("lamp.lit", reads)
    assert [str(breach) for breach in unmet(release, releases.folder)] == [
        f"house needs lamps lamp.lit.v1: {sentence}."
    ]


def test_a_need_of_what_nobody_publishes_is_unmet(releases: Any) -> None:
    release = releases.reader("lamp.sold", {"lamp_id": fields.UUID()})
    assert [str(breach) for breach in unmet(release, releases.folder)] == [
        "house needs lamps lamp.sold.v1: lamps does not publish it."
    ]


def test_a_need_that_asks_for_less_is_met(releases: Any) -> None:
    assert unmet(releases.reader("lamp.lit", {"state": fields.String()}), releases.folder) == []

"""In which body a role has to be held, as a service declares it by parameters and by blueprints."""

import pytest
from sqlalchemy import Select, column, select

from shared.web.access import Access, as_markdown
from shared.web.belonging import Belonging, Owned, Reach, Within

OWNERS: Select[tuple[object, str]] = select(column("id"), column("body"))
DECLARED = Belonging(
    {"case_id": Owned(OWNERS, "case", confidential=True), "room_id": Owned(OWNERS, "room", open=True)},
    {"rules_pages": Within(writing="*"), "dues_pages": Within("party", "party")},
)


@pytest.mark.parametrize(
    ("endpoint", "parameters", "role", "reach"),
    [
        ("pages.show", ("case_id",), "viewer", Reach("record", "case_id", True)),
        ("pages.show", ("room_id", "case_id"), "officer", Reach("record", "case_id", True)),
        ("pages.show", ("room_id",), "viewer", Reach()),
        ("pages.book", ("room_id",), "officer", Reach("record", "room_id")),
        ("pages.show", ("other_id",), "admin", Reach()),
        ("rules_pages.show", ("rule_id",), "viewer", Reach()),
        ("rules_pages.edit", ("rule_id",), "manager", Reach("*")),
        ("dues_pages.show", ("room_id",), "viewer", Reach("party")),
    ],
)
def test_what_a_door_asks(endpoint: str, parameters: tuple[str, ...], role: str, reach: Reach) -> None:
    assert DECLARED.reach(endpoint, frozenset(parameters), role) == reach


def test_the_matrix_says_in_which_body() -> None:
    doors = [
        Access("/cases/<uuid:case_id>", "GET", "viewer", "a", Reach("record", "case_id", True)),
        Access("/rooms/<uuid:room_id>", "POST", "officer", "b", Reach("record", "room_id")),
        Access("/rules", "POST", "manager", "c", Reach("*")),
        Access("/dues", "GET", "viewer", "d", Reach("party")),
        Access("/sign-in", "GET", "public", "e"),
    ]
    rows = [line.split(" | ")[-1].rstrip(" |") for line in as_markdown("demo", doors).splitlines()[-5:]]
    assert rows == ["of the case, else 404", "of the room", "all", "party", "—"]

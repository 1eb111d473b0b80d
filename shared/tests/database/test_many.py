"""Many rows and many ids in one statement."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column as C
from sqlalchemy import Date, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from shared.database import Database, Json, UtcDateTime, Uuid, among, insert_rows
from shared.database.leases import database_now
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import PUBLISHER

HOSTILE = ("'; DROP TABLE lines; --", '"{},\\', "{NULL}", "null", "", "龘𠮷 ‮\t\n", "%(id)s :id")
MOMENT = datetime(2026, 3, 1, 12, 30, 0, 123456, UTC)
LINES = Table(
    "lines", MetaData(),
    C("id", Uuid, primary_key=True), C("word", String(40)), C("number", Integer), C("facts", Json),
    C("at", UtcDateTime), C("due", UtcDateTime), C("tries", Integer, default=7), C("kind", String(5)),
)  # fmt: skip


@pytest.fixture
def database(make_runtime: Callable[[Service], Runtime]) -> Database:
    database = make_runtime(PUBLISHER).database
    LINES.create(database.engine)
    return database


def line(place: int, **more: Any) -> dict[str, Any]:
    word = HOSTILE[place % len(HOSTILE)]
    values = {"id": new_id(), "word": word, "number": None, "facts": {"word": word}, "at": MOMENT, "kind": "same"}
    return values | more


@pytest.mark.parametrize("count", [1, 2, 50])
def test_each_value_arrives_as_it_was_and_what_is_absent_gets_its_default(database: Database, count: int) -> None:
    same = {"list": [1, "一", None]}
    rows = [line(n, number=n if n % 2 else None) | ({"facts": same} if count == 50 else {}) for n in range(count)]
    with database.writing() as session:
        insert_rows(session, LINES, rows, due=database_now(database.dialect))
    with database.reading() as session:
        found = {row.id: row._asdict() for row in session.execute(select(LINES))}
    assert [found[row["id"]] | row for row in rows] == [found[row["id"]] for row in rows]
    assert {row["tries"] for row in found.values()} == {7}
    assert all(row["due"] > MOMENT for row in found.values())


def test_one_and_true_stay_what_they_are_in_facts(database: Database) -> None:
    rows = [line(0, facts={"is": one}) for one in (1, True) * 15]
    with database.writing() as session:
        insert_rows(session, LINES, rows)
    with database.reading() as session:
        found = {row.id: repr(row.facts) for row in session.execute(select(LINES))}
    assert [found[row["id"]] for row in rows] == [repr(row["facts"]) for row in rows]


def test_a_second_row_of_one_id_is_refused_and_so_is_a_type_without_a_word(database: Database) -> None:
    one = line(0)
    with pytest.raises(IntegrityError), database.writing() as session:
        insert_rows(session, LINES, [one, line(1), one])
    dated = Table("dated", MetaData(), C("id", Uuid), C("day", Date))
    if database.dialect == "postgresql":
        with pytest.raises(TypeError, match="for many rows"), database.writing() as session:
            insert_rows(session, dated, [{"id": new_id(), "day": MOMENT.date()}] * 2)


def test_rows_are_found_among_ids_and_among_hostile_words(database: Database) -> None:
    rows = [line(n) for n in range(len(HOSTILE))]
    with database.writing() as session:
        insert_rows(session, LINES, rows)
    with database.reading() as session:

        def found(column: Any, wanted: list[Any]) -> set[UUID]:
            return set(session.scalars(select(LINES.c.id).where(among(session, column, wanted))))

        assert found(LINES.c.id, [rows[1]["id"], new_id()]) == {rows[1]["id"]}
        for row in rows:
            assert found(LINES.c.word, [row["word"], "nothing"]) == {row["id"]}
        assert found(LINES.c.word, list(HOSTILE)) == {row["id"] for row in rows}
        assert found(LINES.c.id, []) == set()

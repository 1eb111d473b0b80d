"""A million rows that were dealt with long ago, and how the database means to carry statements out beside them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text

from shared.runtime import Runtime

_NUMBERS = {
    "postgresql": "SELECT n FROM generate_series(1, {rows}) AS n",
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) SELECT n FROM c",
}
_NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
_DIGEST = {"postgresql": "'\\x00'::bytea", "sqlite": "x'00'"}
_DAY = 86_400_000_000
_AGO = {
    "postgresql": "now() - interval '1 microsecond' * ({ago})",
    "sqlite": "unixepoch() * 1000000 - ({ago})",
}
_PLAN = {"postgresql": "EXPLAIN (FORMAT JSON) ", "sqlite": "EXPLAIN QUERY PLAN "}


def fill(runtime: Runtime, rows: int) -> None:
    """Published events and processed ones, so many of each, from 179 days ago to now; the old ones have no body.

    Besides, a twentieth as many refused messages and answered requests, older than that.
    """
    dialect = runtime.database.dialect
    numbers = _NUMBERS[dialect].format(rows=rows)
    ago = _AGO[dialect].format(ago=f"CAST({179 * _DAY // rows} AS BIGINT) * ({rows} - n)")
    body = f"CASE WHEN n * 6 > {rows} * 5 THEN '{{}}' END"
    with runtime.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO outbox (event_id, exchange, routing_key, type, subject, subjectversion, correlation_id, "
                f"body, recorded_at, published_at) SELECT {_NEW_ID[dialect]}, 'reader.events', 'k', "
                f"'org.yizhan.reader.x.v1', 'x/' || n, 1, 'r' || n, {body}, {ago}, {ago} FROM ({numbers}) AS s"
            )
        )
        session.execute(
            text(
                "INSERT INTO inbox (source, event_id, type, subject, subjectversion, correlation_id, digest, body, "
                "queue, received_at, status, attempts, next_attempt_at, finished_at) "
                f"SELECT '/services/publisher', {_NEW_ID[dialect]}, 'org.yizhan.publisher.thing.named.v1', "
                f"'thing/' || n, 1, 'r' || n, {_DIGEST[dialect]}, {body}, 'reader.publisher-events', {ago}, 'done', 0, "
                f"{ago}, {ago} FROM ({numbers}) AS s"
            )
        )
        session.execute(
            text(
                "INSERT INTO inbox_positions (source, subject, version) "
                f"SELECT '/services/publisher', 'thing/' || n, 1 FROM ({numbers}) AS s"
            )
        )
        some = _NUMBERS[dialect].format(rows=rows // 20)
        session.execute(
            text(
                "INSERT INTO refused_messages (queue, received_at, reason, detail, headers, body, size, seen_at) "
                f"SELECT 'q', {ago}, 'empty', 'd', '{{}}', {_DIGEST[dialect]}, 1, {ago} FROM ({some}) AS s"
            )
        )
        session.execute(
            text(
                "INSERT INTO snapshot_answers (request_id, asker, queue, noun, sent, correlation_id, asked_at, "
                f"finished_at) SELECT {_NEW_ID[dialect]}, 'a', 'q', 'n', 1, 'r' || n, {ago}, {ago} FROM ({some}) AS s"
            )
        )
    analyse(runtime)


def analyse(runtime: Runtime) -> None:
    """Let the database look at its tables, as it does by itself every now and then."""
    with runtime.database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


@dataclass(frozen=True)
class Planned:
    """A statement and what of its plan goes through a whole table or a whole index; nothing where all is well."""

    statement: str
    scans: tuple[str, ...]


@contextmanager
def planned(runtime: Runtime, *tables: str) -> Iterator[list[Planned]]:
    """Collect every statement that is carried out meanwhile and how it goes about these tables."""
    found: list[Planned] = []
    dialect = runtime.database.dialect
    partial = _partial_indexes(runtime)

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            return
        beside = connection.connection.cursor()
        beside.execute(_PLAN[dialect] + statement, parameters[0] if many else parameters)
        rows = beside.fetchall()
        beside.close()
        if dialect == "postgresql":
            plan = rows[0][0] if isinstance(rows[0][0], list) else json.loads(rows[0][0])
            scans = [scan for each in plan for scan in _postgresql_scans(each["Plan"], partial)]
        else:
            scans = [str(row[-1]) for row in rows if _sqlite_scans(str(row[-1]), partial)]
        words = [re.compile(rf"\b{table}\b") for table in tables]
        found.append(Planned(statement, tuple(scan for scan in scans if any(word.search(scan) for word in words))))

    event.listen(runtime.database.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", explain)


def _partial_indexes(runtime: Runtime) -> frozenset[str]:
    """Their entries are the few rows that are looked for: going through all of them is what they are for."""
    catalogue = {
        "postgresql": "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
    }
    with runtime.reading() as session:
        return frozenset(session.scalars(text(catalogue[runtime.database.dialect])))


def _postgresql_scans(node: dict[str, Any], partial: frozenset[str]) -> Iterator[str]:
    kind, index = node["Node Type"], node.get("Index Name")
    whole_index = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and index not in partial
    if kind == "Seq Scan" or whole_index:
        yield f"{kind} on {node.get('Relation Name')} {index or ''} {node.get('Filter', '')}"
    for below in node.get("Plans", ()):
        yield from _postgresql_scans(below, partial)


def _sqlite_scans(step: str, partial: frozenset[str]) -> bool:
    return step.startswith("SCAN ") and not any(f"INDEX {name}" in step for name in partial)

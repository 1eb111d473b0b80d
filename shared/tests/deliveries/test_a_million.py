"""A million finished rows beside a few open ones: no list, count or figure reads them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import insert, text

from shared.database.tables import InboxRow
from shared.deliveries.ages import ages
from shared.deliveries.failures import failures
from shared.deliveries.kinds import KINDS
from shared.deliveries.lists import STRETCH, counts, list_page
from shared.deliveries.searching import Search
from shared.deliveries.story import event_story, whole_story
from shared.identifiers import new_id
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
ROWS = 1_000_000
_NEW_ID = {
    "postgresql": "gen_random_uuid()",
    "sqlite": "lower(hex(randomblob(16)))",
}
_TIME = {
    "postgresql": "now() - interval '1 second' * ({rows} - n)",
    "sqlite": "unixepoch() * 1000000 - 1000000 * ({rows} - n)",
}
_NUMBERS = {
    "postgresql": "SELECT n FROM generate_series(1, {rows}) AS n",
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) SELECT n FROM c",
}


def filled(runtime: Runtime) -> None:
    """A million handled and a million published rows, with what is open added after them."""
    dialect = runtime.database.dialect
    new_id_, time = _NEW_ID[dialect], _TIME[dialect].format(rows=ROWS)
    numbers = _NUMBERS[dialect].format(rows=ROWS)
    digest = "'\\x00'::bytea" if dialect == "postgresql" else "x'00'"
    with runtime.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO inbox (source, event_id, type, subject, subjectversion, correlation_id, digest, queue, "
                "received_at, status, attempts, next_attempt_at, finished_at) "
                f"SELECT '/services/publisher', {new_id_}, 'org.yizhan.publisher.thing.named.v1', 'thing/' || n, 1, "
                f"'r' || n, {digest}, 'reader.publisher-events', {time}, 'done', 0, {time}, {time} FROM ({numbers}) s"
            )
        )
        session.execute(
            text(
                "INSERT INTO outbox (event_id, exchange, routing_key, type, subject, subjectversion, correlation_id, "
                "recorded_at, published_at) "
                f"SELECT {new_id_}, 'reader.events', 'k', 'org.yizhan.reader.x.v1', 'x/' || n, 1, 'r' || n, "
                f"{time}, {time} FROM ({numbers}) AS s"
            )
        )
    with runtime.database.engine.connect() as connection:
        # Statistics as they are after any night; the lists must not depend on better ones.
        connection.execute(text("ANALYZE"))
        connection.commit()


def add_open(runtime: Runtime) -> Any:
    now = runtime.clock()
    event_id = new_id()
    common = {
        "source": "/services/publisher",
        "type": "org.yizhan.publisher.thing.named.v1",
        "subjectversion": 1,
        "digest": b"d",
        "queue": "reader.publisher-events",
        "received_at": now,
        "next_attempt_at": now + timedelta(minutes=1),
        "correlation_id": "one",
        "error": "LookupError: no",
    }
    with runtime.database.writing() as session:
        session.execute(
            insert(InboxRow),
            [
                {**common, "event_id": event_id, "subject": "thing/a", "status": "attention", "attempts": 10},
                {**common, "event_id": new_id(), "subject": "thing/b", "status": "waiting", "attempts": 3},
                {**common, "event_id": new_id(), "subject": "thing/c", "status": "waiting", "attempts": 0},
            ],
        )
    return event_id


@contextmanager
def explained(runtime: Runtime) -> Iterator[list[tuple[str, str]]]:
    """Collects each statement with its plan."""
    plans: list[tuple[str, str]] = []
    prefix = "EXPLAIN " if runtime.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            with_plan = connection.connection.cursor()
            with_plan.execute(prefix + statement, parameters)
            plans.append((statement, "\n".join(str(row[-1]) for row in with_plan.fetchall())))
            with_plan.close()

    sqlalchemy_event.listen(runtime.database.engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        sqlalchemy_event.remove(runtime.database.engine, "before_cursor_execute", explain)


def reads_everything(statement: str, plan: str) -> bool:
    """Whether a plan goes through a whole table rather than through an index or a stretch of ids."""
    if "0 = 1" in statement:
        return False  # nothing can fit; SQLite looks once and stops, whatever its plan is called
    lines = [line.strip().lstrip("-> ") for line in plan.splitlines()]
    return any(
        line.startswith(("Seq Scan on inbox", "Seq Scan on outbox", "SCAN inbox", "SCAN outbox"))
        and "USING" not in line
        for line in lines
    )


def test_nothing_that_the_pages_ask_reads_a_million_rows(reader: Runtime) -> None:
    filled(reader)
    event_id = add_open(reader)
    rare = Search(type="org.yizhan.publisher.rare.v1")
    searches = (
        Search(),
        rare,
        Search(subject="thing/77"),
        Search(correlation="r77"),
        Search(words=str(event_id)),
        Search(words=str(event_id)[:13]),
        Search(publisher="publisher", since=reader.clock() - timedelta(days=3), until=reader.clock()),
    )
    with explained(reader) as plans, reader.reading() as session:
        for search in searches:
            for kind in KINDS.values():
                list_page(session, reader.service, kind, search)
            counts(session, reader.service, search)
        failures(session)
        ages(session, reader.clock())
        event_story(session, reader.service, event_id, now=reader.clock())
        whole_story(session, "r4711")
        page = list_page(session, reader.service, KINDS["handled"], rare, cursor="500000")
    assert (page.rows, page.cursor) == ([], str(500_000 - STRETCH))
    assert len(plans) > 100
    assert [plan for plan in plans if reads_everything(*plan)] == []

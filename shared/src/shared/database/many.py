"""Many rows or many ids in one statement that is as short for ten thousand as for one.

On PostgreSQL a placeholder for each value costs more, in the driver that splits the statement and in the server that
parses it, than the row itself: so rows go as one JSON text and ids as one array, which is joined and not compared with
one value after the other. SQLite runs one prepared statement for each row.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Insert,
    Integer,
    String,
    Table,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from shared.database.engine import dialect_of
from shared.database.types import UtcDateTime, Uuid

_ROWS = "new_rows"
_MANY = 20
"""From so many rows on it is worth looking for what they have in common; fewer all go by one statement."""
_HEX = attrgetter("hex")


def insert_rows(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], **computed: ColumnElement[Any]
) -> None:
    """Insert rows that all have the same keys, in their order; `computed` are columns that the database works out.

    Columns that are absent get their defaults. What many rows have in common is sent once. Raises IntegrityError, and
    TypeError for a type of column that JSON has no word for.
    """
    if not rows:
        return
    if len(rows) == 1 or dialect_of(session) != "postgresql":
        session.connection().execute(insert(table).values(**computed), list(rows))
        return
    own = [each for each in table.columns if each.key in rows[0]]
    same = {each.key for each in own if len(rows) >= _MANY and _is_same_in_all(each, rows)}
    spelled = [(each.key, _spelling(each.type)) for each in own if each.key not in same]
    sent = [{key: spell(row[key]) for key, spell in spelled if row[key] is not None} for row in rows]
    statement = _statement(table, tuple(each.key for each in own), frozenset(same), tuple(computed.items()))
    session.connection().execute(statement, {_ROWS: sent, **{key: rows[0][key] for key in same}})


def among(session: Session, column: Any, wanted: Collection[Any]) -> ColumnElement[bool]:
    """That a column has one of these values: texts, or UUIDs."""
    if dialect_of(session) != "postgresql":
        return column.in_(wanted)  # type: ignore[no-any-return]
    values = bindparam(None, list(wanted), _Ids() if isinstance(column.type, Uuid) else ARRAY(String), unique=True)
    return column.in_(select(func.unnest(values)))  # type: ignore[no-any-return]


class _Ids(TypeDecorator[Any]):
    """An array of UUIDs that the driver need not look at one by one."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda ids: "{" + ",".join([one.hex for one in ids]) + "}"


def _spelling(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """How a value of this type is written in JSON."""
    if isinstance(kind, Uuid):
        return _HEX
    if isinstance(kind, UtcDateTime):
        return datetime.isoformat
    if isinstance(kind, JSON | String | Integer | Boolean):
        return _as_it_is
    raise TypeError(f"no column for many rows: {kind!r}")


def _as_it_is(value: Any) -> Any:
    return value


def _is_same_in_all(each: Column[Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows have one value in common there; None goes without saying."""
    first = rows[0][each.key]
    if first is None:
        return False
    if isinstance(each.type, JSON):  # where 1 equals True, and is another value
        return all(row[each.key] is first for row in rows)
    return all(row[each.key] == first for row in rows)


@lru_cache(maxsize=200)
def _statement(
    table: Table, names: tuple[str, ...], same: frozenset[str], computed: tuple[tuple[str, ColumnElement[Any]], ...]
) -> Insert:
    """The statement for rows of these columns, some of them the same in all."""
    differing = [column(name, table.columns[name].type) for name in names if name not in same]
    sent = bindparam(_ROWS, type_=JSON())
    new = func.json_to_recordset(sent).table_valued(*(differing or [column("nothing", Integer())]))
    new = new.render_derived(name="new", with_types=True)
    values = [bindparam(name, type_=table.columns[name].type) if name in same else new.c[name] for name in names]
    more = dict(computed)
    return insert(table).from_select([*names, *more], select(*values, *more.values()).select_from(new))

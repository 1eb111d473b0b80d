"""Lists of deliveries by kind and search, in pages, and how many of each kind there are.

What is open is found by partial indexes. What is finished may be a million rows: it is read from the newest end a
stretch at a time, and a page says how far back it looked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from shared.database.tables import InboxRow
from shared.database.types import from_microseconds, to_microseconds
from shared.deliveries.failures import failing_ids
from shared.deliveries.kinds import FAILING, KINDS, Kind
from shared.deliveries.searching import Finder, Search
from shared.service import Service

DEFAULT_LIMIT = 50
MOST = 200
COUNTED = 10_000
"""Counting stops here; the page says "more than"."""
STRETCH = 50_000
"""How many finished rows one page looks through."""
_SLACK = timedelta(hours=1)
"""How far the order of ids and the order of times may differ: a transaction takes its id before it commits."""


@dataclass(frozen=True)
class Listed:
    """One page. ``cursor`` goes on behind it; ``looked_back_to`` is set where the stretch ended before the page was
    full."""

    rows: Sequence[Any]
    cursor: str | None = None
    looked_back_to: datetime | None = None


def list_page(
    session: Session,
    service: Service,
    kind: Kind,
    search: Search | None = None,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Listed:
    """One page of a kind. A cursor that is none counts as absent; ``limit`` is kept within 1 and 200."""
    search = search or Search()
    limit = max(1, min(limit, MOST))
    place = _place(kind, cursor)
    chosen = _chosen(session, service, kind, search)
    if kind.open or search.exact:
        return _page(session, kind, chosen, place, limit)
    return _stretch(session, kind, chosen, search, place, limit)


def every_row(session: Session, service: Service, kind: Kind, search: Search | None = None) -> Iterator[Any]:
    """All rows of an open kind, page by page."""
    cursor: str | None = None
    while True:
        listed = list_page(session, service, kind, search, cursor=cursor, limit=MOST)
        yield from listed.rows
        cursor = listed.cursor
        if cursor is None:
            return


def counts(session: Session, service: Service, search: Search | None = None) -> dict[str, int]:
    """How many there are of each open kind, with this search; counting stops past ``COUNTED``."""
    found = {}
    for kind in KINDS.values():
        if kind.open:
            chosen = _chosen(session, service, kind, search or Search()).with_only_columns(literal(1))
            some = chosen.limit(COUNTED + 1).subquery()
            found[kind.name] = int(session.execute(select(func.count()).select_from(some)).scalar_one())
    return found


def behind(session: Session, rows: Sequence[InboxRow]) -> Mapping[int, int]:
    """How many later events of the same subject wait behind each of these, by row id."""
    first, later = aliased(InboxRow), aliased(InboxRow)
    counted = (
        select(first.id, func.count().label("behind"))
        .join(
            later,
            (later.source == first.source)
            & (later.subject == first.subject)
            & (later.subjectversion > first.subjectversion),
        )
        .where(first.id.in_([row.id for row in rows]), later.status.in_(("waiting", "attention")))
        .group_by(first.id)
    )
    return {row.id: int(row.behind) for row in session.execute(counted)}


def types_of(session: Session, service: Service, kind: Kind) -> list[str]:
    """Event types to choose from: those of the first rows of an open kind, else all that are known here."""
    if kind.open:
        first = select(kind.model.type).where(*kind.conditions).order_by(*kind.order).limit(1000).subquery()
        return sorted(found for found in session.scalars(select(first.c.type).distinct()) if found)
    if kind.model is InboxRow:
        reactions = [reaction for each in service.reactions for reaction in _types(each)]
        return sorted(reactions)
    return sorted({event_type.type for event_type in service.registry})


def _types(reactions: Any) -> list[str]:
    return [f"org.yizhan.{reactions.publisher}.{each.name}.v{each.version}" for each in reactions]


def _chosen(session: Session, service: Service, kind: Kind, search: Search) -> Select[Any]:
    conditions = [*kind.conditions, *Finder(session, service, search).conditions(kind)]
    if search.error:
        known = failing_ids(session, search.error) if kind in FAILING else []
        conditions.append(kind.model.id.in_(known))
    return select(kind.model).where(*conditions)


def _page(session: Session, kind: Kind, chosen: Select[Any], place: tuple[Any, ...] | None, limit: int) -> Listed:
    columns = kind.order
    if place is not None:
        chosen = chosen.where(_past(kind, columns, place))
    ordered = chosen.order_by(*(column.desc() if kind.newest_first else column for column in columns))
    rows = session.scalars(ordered.limit(limit + 1)).all()
    following = _cursor(kind, rows[limit - 1]) if len(rows) > limit else None
    return Listed(rows[:limit], following)


def _past(kind: Kind, columns: tuple[Any, ...], place: tuple[Any, ...]) -> ColumnElement[bool]:
    values = [literal(value, column.type) for value, column in zip(place, columns, strict=True)]
    left, right = (columns[0], values[0]) if len(columns) == 1 else (tuple_(*columns), tuple_(*values))
    past: ColumnElement[bool] = left < right if kind.newest_first else left > right
    return past


def _stretch(
    session: Session, kind: Kind, chosen: Select[Any], search: Search, place: tuple[Any, ...] | None, limit: int
) -> Listed:
    """A page out of the next stretch of ids, newest first."""
    row_id = kind.model.id
    newest = session.execute(select(func.max(row_id))).scalar_one() or 0
    upper = min(place[0] if place else newest + 1, _first_id(session, kind, search.until, _SLACK, newest))
    floor = _first_id(session, kind, search.since, -_SLACK, newest) if search.since else 1
    lower = max(upper - STRETCH, floor)
    within = chosen.where(row_id < upper, row_id >= lower).order_by(row_id.desc())
    rows = session.scalars(within.limit(limit + 1)).all()
    if len(rows) > limit:
        return Listed(rows[:limit], _cursor(kind, rows[limit - 1]))
    oldest = session.execute(select(func.min(row_id))).scalar_one() or 0
    if lower <= max(floor, oldest):
        return Listed(rows)
    reached = session.execute(select(kind.happened).where(row_id >= lower).order_by(row_id).limit(1)).scalar_one()
    return Listed(rows, str(lower), reached)


def _first_id(session: Session, kind: Kind, moment: datetime | None, slack: timedelta, newest: int) -> int:
    """An id with nothing from ``moment`` on before it: found by halving, because only ids are indexed."""
    if moment is None:
        return newest + 1
    wanted = moment + slack
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        found = session.execute(
            select(kind.model.id, kind.happened).where(kind.model.id >= middle).order_by(kind.model.id).limit(1)
        ).first()
        if found is None or found[1] >= wanted:
            high = middle
        else:
            low = int(found[0]) + 1
    return low


def _cursor(kind: Kind, row: Any) -> str:
    if len(kind.order) == 1:
        return str(row.id)
    return f"{to_microseconds(row.next_attempt_at)}.{row.id}"


def _place(kind: Kind, cursor: str | None) -> tuple[Any, ...] | None:
    parts = (cursor or "").split(".")
    if len(parts) != len(kind.order) or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return None
    if len(parts) == 1:
        return (int(parts[0]),)
    return (from_microseconds(int(parts[0])), int(parts[1]))

"""Sorting lists: the order stands in the address (``?sort=-paid``), and paging goes on in it.

A page of a sorted list ends at a place (the value that is sorted by, and the id): the next one begins behind it,
whatever was added or removed meanwhile. Empty values come last in both directions.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import ColumnElement, Select, and_, or_

PARAMETER = "sort"
_READ: Mapping[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "number": Decimal,
    "id": UUID,
}


@dataclass(frozen=True)
class Place:
    """Where a page of a sorted list ended."""

    sort: str
    value: Any
    id: UUID


@dataclass(frozen=True)
class Order:
    """One column and a direction."""

    name: str
    expression: Any
    descending: bool

    @property
    def sort(self) -> str:
        """As it stands in the address."""
        return f"-{self.name}" if self.descending else self.name

    def applied(self, select: Select[Any], column: Any, after: Place | None) -> Select[Any]:
        """The selection in this order, ids breaking ties, from behind a place on; the value is its last column."""
        value = self.expression
        ordered = select.add_columns(value.label("sorted_by")).order_by(None)
        if self._may_be_empty:
            ordered = ordered.order_by(value.is_(None))
        parts = (value, column)
        ordered = ordered.order_by(*(part.desc() if self.descending else part.asc() for part in parts))
        return ordered if after is None else ordered.where(self._behind(column, after))

    @property
    def _may_be_empty(self) -> bool:
        return bool(getattr(self.expression, "nullable", True))

    def _behind(self, column: Any, place: Place) -> ColumnElement[bool]:
        value = self.expression
        further = column < place.id if self.descending else column > place.id
        if place.value is None:
            return and_(value.is_(None), further)
        at_least = value <= place.value if self.descending else value >= place.value
        beyond = value < place.value if self.descending else value > place.value
        # Spelled so that an index on the value can be used for the first half.
        behind = and_(at_least, or_(beyond, further))
        return or_(behind, value.is_(None)) if self._may_be_empty else behind


class Orders:
    """What a list may be sorted by: names for the address, and the expressions in the database.

    ``default`` is the order without a wish in the address, as it would stand there; without one a list has its
    newest entries first.
    """

    def __init__(self, default: str | None = None, **by: Any) -> None:
        self.by = by
        self.default = default
        if default is not None and default.removeprefix("-") not in by:
            raise ValueError(f"{default} is none of {sorted(by)}")

    def chosen(self, wish: str | None = None) -> Order | None:
        """The order of the current address; a wish that is unknown here counts as none."""
        asked = request.args.get(PARAMETER, "") if wish is None else wish
        for sort in (asked, self.default or ""):
            name = sort.removeprefix("-")
            if name in self.by:
                return Order(name, self.by[name], sort.startswith("-"))
        return None


def encode_place(place: Place) -> str:
    said = json.dumps([place.sort, _written(place.value), place.id.hex], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def decode_place(text: str, sort: str) -> Place | None:
    """The place, when the text is one of a list in this order; None for anything else."""
    try:
        padded = text + "=" * (-len(text) % 4)
        said, value, id_text = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return Place(said, _read(value), UUID(id_text)) if said == sort else None
    except (binascii.Error, ValueError, TypeError, KeyError, InvalidOperation, AttributeError):
        return None


def _written(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, UUID):
        return {"id": value.hex}
    raise TypeError(f"a list cannot be sorted by a {type(value).__name__}")


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        [(kind, text)] = value.items()
        return _READ[kind](text)
    if isinstance(value, (list, float)):
        raise ValueError("not a value that lists are sorted by")
    return value

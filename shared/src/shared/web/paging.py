"""Cursor paging: a page begins where the one before ended, so nothing is shown twice or left out while rows come.

Newest first unless the list is sorted (:mod:`shared.web.ordering`): ids are UUIDv7, so "newest" is the id's own order.
"""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from shared.web.ordering import PARAMETER, Order, Orders, Place, decode_place, encode_place

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Cursor(fields.Field[uuid.UUID]):
    """An opaque place in a list. Programs hand it back as they got it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else encode_cursor(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        try:
            return decode_cursor(str(value))
        except ValueError as error:
            raise ValidationError("Not a valid cursor.") from error


class PageQuery(Schema):
    """``?limit=&cursor=``. Services add their filters in a subclass."""

    class Meta:
        unknown = EXCLUDE

    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": "How many entries at most."},
    )
    cursor = Cursor(
        load_default=None, metadata={"description": "Where to go on; taken from the `next` link of the page before."}
    )


@dataclass(frozen=True)
class Page:
    """Entries of one page; ``next`` is the address of the following one, None on the last.

    ``sorting`` is set where the list can be sorted.
    """

    items: Sequence[Any]
    next: str | None
    cursor: uuid.UUID | Place | None = None
    sorting: "Sorting | None" = None

    @property
    def first(self) -> str | None:
        """The address of the first entries, None where this is that page already."""
        return None if self.cursor is None else address_with(cursor=None)

    @property
    def newest_first(self) -> bool:
        return self.sorting is None or self.sorting.order is None


@dataclass(frozen=True)
class Sorting:
    """How a page is sorted and how it could be: what the headings of its table say."""

    orders: Orders
    order: Order | None

    def link(self, name: str) -> str:
        """The address of the list in the order of this column; backwards where it is sorted by it already."""
        forwards = self.order is not None and self.order.name == name and not self.order.descending
        return address_with(**{PARAMETER: f"-{name}" if forwards else name, "cursor": None})

    def direction(self, name: str) -> str:
        """``ascending``, ``descending`` or ``none``, as aria-sort says it."""
        if self.order is None or self.order.name != name:
            return "none"
        return "descending" if self.order.descending else "ascending"


def paginate(
    session: Session, select: Select[Any], query: Any = None, *, by: Any = None, orders: Orders | None = None
) -> Page:
    """One page of a selection.

    ``query`` is what PageQuery loaded (a mapping with ``limit`` and ``cursor``); None reads them from the
    current address, as pages do. ``by`` is the id column; without it, that of the first selected entity.
    ``orders`` makes the list sortable by the address; what the address wishes and the list does not offer is ignored.
    """
    chosen = page_arguments() if query is None else query
    limit = int(chosen.get("limit") or DEFAULT_LIMIT)
    column = select.column_descriptions[0]["entity"].id if by is None else by
    order = orders.chosen() if orders is not None else None
    sorting = None if orders is None else Sorting(orders, order)
    if order is not None:
        return _sorted_page(session, select, sorting, order, column, limit)
    after: uuid.UUID | None = chosen.get("cursor")
    ordered = select.order_by(None).order_by(column.desc()).limit(limit + 1)
    if after is not None:
        ordered = ordered.where(column < after)
    single = len(select.column_descriptions) == 1
    rows: list[Any] = list(session.scalars(ordered).unique() if single else session.execute(ordered).unique())
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1] if single else shown[-1][0]
        following = address_with(cursor=encode_cursor(last.id))
    return Page(shown, following, after, sorting)


def _sorted_page(
    session: Session, select: Select[Any], sorting: Sorting | None, order: Order, column: Any, limit: int
) -> Page:
    after = decode_place(request.args.get("cursor", ""), order.sort)
    single = len(select.column_descriptions) == 1
    rows = list(session.execute(order.applied(select, column, after).limit(limit + 1)).unique())
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        place = Place(order.sort, shown[-1].sorted_by, shown[-1][0].id)
        following = address_with(cursor=encode_place(place))
    return Page([row[0] for row in shown] if single else shown, following, after, sorting)


def page_arguments() -> dict[str, Any]:
    """``limit`` and ``cursor`` of a page's address; what is malformed there counts as absent."""
    schema, given = PageQuery(), request.args.to_dict()
    loaded: dict[str, Any]
    try:
        loaded = schema.load(given)
    except ValidationError as error:
        loaded = schema.load({name: value for name, value in given.items() if name not in error.messages_dict})
    return loaded


def address_with(**changes: str | None) -> str:
    """The current address with some of its query arguments changed, None removing one."""
    arguments = MultiDict(request.args)
    for name, value in changes.items():
        arguments.poplist(name)
        if value is not None:
            arguments[name] = value
    encoded = urlencode(list(arguments.items(multi=True)))
    return iri_to_uri(request.path) + (f"?{encoded}" if encoded else "")


def encode_cursor(place: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(place.bytes).decode().rstrip("=")


def decode_cursor(text: str) -> uuid.UUID:
    """ValueError when the text is no cursor."""
    try:
        return uuid.UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError("not a cursor") from error


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of one page of such items: ``items`` and the ``next`` link."""
    name = item.__name__.removesuffix("Schema")
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(
                allow_none=True, metadata={"description": "Link to the following page; null on the last one."}
            ),
        },
        name=f"{name}Page",
    )

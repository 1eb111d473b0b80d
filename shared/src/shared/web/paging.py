"""Cursor paging, newest first: ids are UUIDv7, so "newest" is the id's own order and a page never shifts."""

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
    """Entries of one page; ``next`` is the address of the following one, None on the last."""

    items: Sequence[Any]
    next: str | None
    cursor: uuid.UUID | None = None

    @property
    def first(self) -> str | None:
        """The address of the newest entries, None where this is that page already."""
        return None if self.cursor is None else address_with(cursor=None)


def paginate(session: Session, select: Select[Any], query: Any = None, *, by: Any = None) -> Page:
    """One page of a selection.

    ``query`` is what PageQuery loaded (a mapping with ``limit`` and ``cursor``); None reads them from the
    current address, as pages do. ``by`` is the id column; without it, that of the first selected entity.
    """
    chosen = page_arguments() if query is None else query
    limit = int(chosen.get("limit") or DEFAULT_LIMIT)
    after: uuid.UUID | None = chosen.get("cursor")
    described = select.column_descriptions
    column = described[0]["entity"].id if by is None else by
    ordered = select.order_by(None).order_by(column.desc()).limit(limit + 1)
    if after is not None:
        ordered = ordered.where(column < after)
    rows: list[Any] = (
        list(session.scalars(ordered).unique()) if len(described) == 1 else list(session.execute(ordered).unique())
    )
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1] if len(described) == 1 else shown[-1][0]
        following = address_with(cursor=encode_cursor(last.id))
    return Page(shown, following, after)


def page_arguments() -> dict[str, Any]:
    """``limit`` and ``cursor`` of a page's address; what is malformed there counts as absent."""
    try:
        loaded: dict[str, Any] = PageQuery().load(request.args.to_dict())
    except ValidationError:
        loaded = {"limit": DEFAULT_LIMIT, "cursor": None}
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

"""Searching by part of a text, the same on both engines."""

from typing import Any

from sqlalchemy import ColumnElement, func


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """The column contains the text; capitals make no difference, ``%`` and ``_`` mean themselves."""
    wanted = text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: ColumnElement[bool] = func.lower(column).like(f"%{wanted}%", escape="\\")
    return found

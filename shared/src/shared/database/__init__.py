"""Engines, transactions, column types and the unit of work of one service's own database."""

from shared.database.engine import (
    Database,
    database_is_away,
    dialect_of,
    insert_on,
    new_metadata,
    violated,
    was_deadlocked,
)
from shared.database.many import among, insert_rows
from shared.database.types import BigId, Fen, Json, UtcDateTime, Uuid
from shared.database.unit_of_work import UnitOfWork

__all__ = [
    "BigId",
    "Database",
    "Fen",
    "Json",
    "UnitOfWork",
    "UtcDateTime",
    "Uuid",
    "among",
    "database_is_away",
    "dialect_of",
    "insert_on",
    "insert_rows",
    "new_metadata",
    "violated",
    "was_deadlocked",
]

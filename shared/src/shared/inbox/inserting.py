"""Inserting a batch of new events into the inbox at the speed of the database, leaving those alone that it knows.

PostgreSQL gets one statement with one parameter, whatever the size of the batch: a row of parameters for each event,
or a list of all ids to look up first, costs more to send and read than the insert itself. SQLite runs one prepared
statement for each row.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from shared.database import dialect_of
from shared.database.tables import InboxRow
from shared.database.types import UtcDateTime

_ON_POSTGRESQL = text(
    """
    INSERT INTO inbox (source, event_id, type, subject, subjectversion, correlation_id, digest, body, queue,
                       received_at, status, attempts, next_attempt_at)
    SELECT source, event_id, type, subject, subjectversion, correlation_id, decode(digest, 'hex'), body, queue,
           :now, 'waiting', 0, :now
    FROM json_to_recordset(CAST(:rows AS json))
         AS new(source text, event_id uuid, type text, subject text, subjectversion integer, correlation_id text,
                digest text, body text, queue text)
    ON CONFLICT (source, event_id) DO NOTHING
    """
).bindparams(bindparam("now", type_=UtcDateTime()))
_ON_SQLITE = sqlite.insert(InboxRow.__table__).on_conflict_do_nothing(  # type: ignore[arg-type]
    index_elements=["source", "event_id"]
)


def insert_new(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """Insert what is not known by source and id, waiting and due at once. Returns how many were new."""
    if not rows:
        return 0
    done: Any
    if dialect_of(session) == "postgresql":
        plain = [{**row, "event_id": str(row["event_id"]), "digest": row["digest"].hex()} for row in rows]
        done = session.execute(_ON_POSTGRESQL, {"rows": json.dumps(plain), "now": now})
    else:
        waiting = {"received_at": now, "status": "waiting", "attempts": 0, "next_attempt_at": now}
        done = session.execute(_ON_SQLITE, [{**row, **waiting} for row in rows])
    return int(done.rowcount)

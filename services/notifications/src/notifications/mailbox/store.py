"""What the mailbox remembers: messages, faults that are asked for, and receipts that are still to be sent.

One SQLite file, one connection behind one lock: the SMTP loop and the HTTP threads take turns.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notifications.mailbox.faults import Fault, check_kind

KEPT_MESSAGES = 50_000
EDITION = 3
"""Of the tables of faults and receipts: those of an older mailbox are made anew."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, received_at TEXT NOT NULL,
  sender TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
  message_id TEXT NOT NULL, provider TEXT NOT NULL, state TEXT NOT NULL, segments INTEGER NOT NULL,
  raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_recipient ON messages (recipient, id);
CREATE INDEX IF NOT EXISTS messages_message_id ON messages (message_id);
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, kind TEXT NOT NULL,
  recipient TEXT NOT NULL, remaining INTEGER, seconds REAL NOT NULL, until REAL);
CREATE TABLE IF NOT EXISTS receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
  forged INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS receivers (name TEXT PRIMARY KEY, url TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS receipts_due ON receipts (due);
"""


@dataclass(frozen=True)
class StoredMessage:
    """One message as it arrived, for one recipient. `raw` holds the bytes of the mail or the request."""

    id: int
    channel: str
    received_at: str
    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    provider: str
    state: str
    segments: int
    raw: bytes


@dataclass(frozen=True)
class DueReceipt:
    """A receipt that waits for its time; `tries` counts the times that the receiver did not take it."""

    id: int
    url: str
    body: str
    forged: bool
    tries: int


class Store:
    """The mailbox's file. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        if self._connection.execute("PRAGMA user_version").fetchone()[0] < EDITION:
            self._connection.executescript("DROP TABLE IF EXISTS faults; DROP TABLE IF EXISTS receipts")
        self._connection.executescript(f"{SCHEMA} PRAGMA user_version = {EDITION};")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def add(
        self,
        *,
        channel: str,
        sender: str,
        recipient: str,
        text: str,
        raw: bytes,
        subject: str = "",
        message_id: str = "",
        provider: str = "",
        state: str = "accepted",
        segments: int = 0,
    ) -> int:
        """Keep one message for one recipient and return its number. The oldest give way beyond 50,000."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO messages (channel, received_at, sender, recipient, subject, text, message_id,"
                " provider, state, segments, raw) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (channel, now, sender, recipient, subject, text, message_id, provider, state, segments, raw),
            )
            number = int(cursor.lastrowid or 0)
            connection.execute("DELETE FROM messages WHERE id <= ?", (number - KEPT_MESSAGES,))
        return number

    def messages(
        self, *, to: str = "", channel: str = "", since: str = "", text: str = "", limit: int = 200
    ) -> list[StoredMessage]:
        """The newest messages first. `since` is a message number or an RFC 3339 time in UTC."""
        where, values = ["1=1"], []
        if to:
            where.append("recipient LIKE ? ESCAPE '\\'")
            values.append(_containing(to))
        if channel:
            where.append("channel = ?")
            values.append(channel)
        if text:
            where.append("(text LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\')")
            values += [_containing(text)] * 2
        if since:
            where.append("id > ?" if since.isdigit() else "received_at > ?")
            values.append(since)
        sql = f"SELECT * FROM messages WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        return [StoredMessage(*row) for row in self._rows(sql, (*values, limit))]

    def message(self, number: int) -> StoredMessage | None:
        rows = self._rows("SELECT * FROM messages WHERE id = ?", (number,))
        return StoredMessage(*rows[0]) if rows else None

    def sms_by_own_id(self, message_id: str) -> list[StoredMessage]:
        """Every SMS that came with this id of the sender, in the order of arrival."""
        sql = "SELECT * FROM messages WHERE message_id = ? AND channel = 'sms' ORDER BY id"
        return [StoredMessage(*row) for row in self._rows(sql, (message_id,))]

    def newest(self) -> int:
        """The number of the newest message ever kept since the mailbox was cleared; 0 when there is none."""
        return int(self._rows("SELECT coalesce(max(id), 0) FROM messages")[0][0])

    def clear(self) -> None:
        """Forget all messages and the receipts that were still to be sent; the faults stay."""
        with self._writing() as connection:
            connection.execute("DELETE FROM messages")
            connection.execute("DELETE FROM receipts")

    def set_state(self, number: int, state: str) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE messages SET state = ? WHERE id = ?", (state, number))

    # --- faults

    def faults(self) -> list[Fault]:
        """Those that are switched on; one whose time is over is none."""
        sql = "SELECT * FROM faults WHERE until IS NULL OR until > ? ORDER BY id"
        return [Fault(*row) for row in self._rows(sql, (time.time(),))]

    def add_fault(
        self,
        channel: str,
        kind: str,
        *,
        recipient: str = "",
        remaining: int | None = None,
        seconds: float = 30.0,
        lasting: float | None = None,
    ) -> int:
        """Ask for a fault, `lasting` so many seconds or until it is removed; returns its number. UnknownFault."""
        check_kind(channel, kind)
        until = time.time() + lasting if lasting is not None else None
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO faults (channel, kind, recipient, remaining, seconds, until) VALUES (?,?,?,?,?,?)",
                (channel, kind, recipient, remaining, seconds, until),
            )
            return int(cursor.lastrowid or 0)

    def remove_faults(self, number: int | None = None) -> None:
        """Remove one fault, or all of them."""
        with self._writing() as connection:
            connection.execute("DELETE FROM faults WHERE ? IS NULL OR id = ?", (number, number))

    def take_fault(self, channel: str, recipient: str, kinds: tuple[str, ...]) -> Fault | None:
        """The oldest fault of these kinds that fits the recipient; uses up one of its times."""
        marks = ",".join("?" * len(kinds))
        with self._writing() as connection:
            row = connection.execute(
                f"SELECT * FROM faults WHERE channel = ? AND kind IN ({marks}) AND instr(?, recipient) > 0"
                " AND (remaining IS NULL OR remaining > 0) AND (until IS NULL OR until > ?) ORDER BY id LIMIT 1",
                (channel, *kinds, recipient, time.time()),
            ).fetchone()
            if row is None:
                return None
            connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row[0],))
            connection.execute("DELETE FROM faults WHERE remaining <= 0")
        return Fault(*row)

    # --- receipts

    def add_receipt(self, due: float, url: str, items: list[dict[str, Any]], *, forged: bool = False) -> None:
        """Plan a receipt for `due` (seconds since the epoch); a `forged` one bears no good signature."""
        self.add_report(due, url, json.dumps(items, ensure_ascii=False), forged=forged)

    def add_to_batch(self, due: float, url: str, item: dict[str, Any]) -> None:
        """Put a receipt to those that already wait to go there in one batch; the first of them says when."""
        with self._writing() as connection:
            row = connection.execute(
                "SELECT id, body FROM receipts WHERE url = ? AND open = 1 AND due > ? LIMIT 1", (url, time.time())
            ).fetchone()
            if row is None:
                body = json.dumps([item], ensure_ascii=False)
                connection.execute("INSERT INTO receipts (due, url, body, open) VALUES (?,?,?,1)", (due, url, body))
            else:
                body = json.dumps([*json.loads(row[1]), item], ensure_ascii=False)
                connection.execute("UPDATE receipts SET body = ? WHERE id = ?", (body, row[0]))

    def add_report(self, due: float, url: str, body: str, *, forged: bool = False) -> None:
        """Plan any report: receipts as JSON, or a mail that came back as text."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO receipts (due, url, body, forged) VALUES (?,?,?,?)", (due, url, body, int(forged))
            )

    def due_receipts(self, now: float) -> list[DueReceipt]:
        sql = "SELECT id, url, body, forged, tries FROM receipts WHERE due <= ? ORDER BY due, id LIMIT 100"
        return [DueReceipt(row[0], row[1], row[2], bool(row[3]), row[4]) for row in self._rows(sql, (now,))]

    def waiting_receipts(self) -> list[tuple[float, DueReceipt]]:
        """Receipts that were not taken yet, with when they are due."""
        sql = "SELECT due, id, url, body, forged, tries FROM receipts WHERE substr(body, 1, 1) = '[' ORDER BY due, id"
        return [
            (row[0], DueReceipt(row[1], row[2], row[3], bool(row[4]), row[5])) for row in self._rows(f"{sql} LIMIT 100")
        ]

    def receivers(self) -> dict[str, str]:
        """Where reports go, by gateway (aliyun, tencent, generic) or bounces."""
        return dict(self._rows("SELECT name, url FROM receivers ORDER BY name"))

    def set_receiver(self, name: str, url: str) -> None:
        with self._writing() as connection:
            connection.execute("DELETE FROM receivers WHERE name = ?", (name,))
            if url:
                connection.execute("INSERT INTO receivers (name, url) VALUES (?,?)", (name, url))

    def receipt_taken(self, number: int) -> None:
        with self._writing() as connection:
            connection.execute("DELETE FROM receipts WHERE id = ?", (number,))

    def receipt_not_taken(self, number: int, due: float) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE receipts SET due = ?, tries = tries + 1 WHERE id = ?", (due, number))


def _containing(fragment: str) -> str:
    escaped = fragment.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"

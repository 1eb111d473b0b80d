"""Our own memory: one SQLite file with what we learnt, how far each subject was followed, and which ids we know.

No person is in here: of people the report needs nothing but how many there were.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (
    publisher TEXT, subject TEXT, version INTEGER NOT NULL, seen INTEGER NOT NULL, gap_since INTEGER, asked_at INTEGER,
    PRIMARY KEY (publisher, subject)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gaps ON positions (gap_since) WHERE gap_since IS NOT NULL;
CREATE TABLE IF NOT EXISTS asked (publisher TEXT, noun TEXT, PRIMARY KEY (publisher, noun));
CREATE TABLE IF NOT EXISTS put_aside (id INTEGER PRIMARY KEY, at INTEGER, publisher TEXT, reason TEXT, body BLOB);

CREATE TABLE IF NOT EXISTS talks (id TEXT PRIMARY KEY, body TEXT NOT NULL, starts_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS disputes (id TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL, closed_on TEXT);
CREATE TABLE IF NOT EXISTS visits (
    relief_id TEXT, visited_on TEXT, body TEXT NOT NULL, family TEXT NOT NULL, PRIMARY KEY (relief_id, visited_on));
CREATE TABLE IF NOT EXISTS money (
    relief_id TEXT, day TEXT NOT NULL, body TEXT NOT NULL, family TEXT NOT NULL, fen INTEGER NOT NULL CHECK (fen <> 0),
    PRIMARY KEY (relief_id, fen));
CREATE TABLE IF NOT EXISTS activities (id TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS activity_bodies (activity_id TEXT, body TEXT, PRIMARY KEY (activity_id, body));
CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, activity_id TEXT NOT NULL, starts_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS attendance (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, present INTEGER NOT NULL);
"""
KEEP_IDS = 30 * 24 * 3600
"""Seconds; ids that are older go when we start. The subject's version alone makes their repetition harmless."""


class State:
    """The file, open. Everything that is written is written inside ``transaction``."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")  # what is acknowledged has reached the disk
        self.db.executescript(SCHEMA)
        self.db.execute("DELETE FROM handled WHERE at < ?", (int(time.time()) - KEEP_IDS,))

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, whatever happens."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def knows(self, event_id: str) -> bool:
        return self._one("SELECT 1 FROM handled WHERE id = ?", event_id) is not None

    def version(self, publisher: str, subject: str) -> int:
        """The last version of a subject that we followed; 0 when we know nothing of it."""
        found = self._one("SELECT version FROM positions WHERE publisher = ? AND subject = ?", publisher, subject)
        return int(found[0]) if found else 0

    def remember(self, event_id: str, publisher: str, subject: str, version: int) -> None:
        """This event was followed. A gap is closed when nothing later than this version was seen before."""
        now = int(time.time())
        self.db.execute("INSERT OR IGNORE INTO handled VALUES (?, ?)", (event_id, now))
        self.db.execute(
            "INSERT INTO positions VALUES (?, ?, ?3, ?3, NULL, NULL) ON CONFLICT DO UPDATE SET version = ?3,"
            " seen = max(seen, ?3), gap_since = CASE WHEN seen > ?3 THEN gap_since END, asked_at = NULL",
            (publisher, subject, version),
        )

    def note_gap(self, publisher: str, subject: str, seen: int) -> None:
        """Something before this version is missing."""
        self.db.execute(
            "INSERT INTO positions VALUES (?, ?, 0, ?3, ?4, NULL) ON CONFLICT DO UPDATE SET"
            " seen = max(seen, ?3), gap_since = coalesce(gap_since, ?4)",
            (publisher, subject, seen, int(time.time())),
        )

    def gaps(self, publisher: str, grace: int, again: int) -> list[str]:
        """Subjects with a gap older than ``grace`` seconds that were not asked for in the last ``again`` seconds."""
        now = int(time.time())
        rows = self.db.execute(
            "SELECT subject FROM positions WHERE publisher = ? AND gap_since <= ?"
            " AND (asked_at IS NULL OR asked_at <= ?) ORDER BY gap_since LIMIT 100",
            (publisher, now - grace, now - again),
        )
        return [row[0] for row in rows]

    def note_asked_for(self, publisher: str, subject: str) -> None:
        self.db.execute(
            "UPDATE positions SET asked_at = ? WHERE publisher = ? AND subject = ?",
            (int(time.time()), publisher, subject),
        )

    def was_asked(self, publisher: str, noun: str) -> bool:
        return self._one("SELECT 1 FROM asked WHERE publisher = ? AND noun = ?", publisher, noun) is not None

    def note_asked(self, publisher: str, noun: str) -> None:
        self.db.execute("INSERT OR IGNORE INTO asked VALUES (?, ?)", (publisher, noun))

    def forget_what_was_asked(self, publisher: str) -> None:
        self.db.execute("DELETE FROM asked WHERE publisher = ?", (publisher,))

    def put_aside(self, publisher: str, reason: str, body: bytes) -> None:
        """Keep what could not be followed, for a person to look at."""
        row = (int(time.time()), publisher, reason[:500], body[:64_000])
        self.db.execute("INSERT INTO put_aside (at, publisher, reason, body) VALUES (?, ?, ?, ?)", row)

    def _one(self, query: str, *values: Any) -> Any:
        return self.db.execute(query, values).fetchone()

"""Exchanges, queues' bindings and the routing of the spool: one small file that all processes read."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")

Table = dict[str, dict[str, object]]
"""exchange -> {"type": "topic" | "direct", "bindings": [[queue, routing key], ...]}"""


def checked_name(name: str) -> str:
    """Return a queue's or exchange's name if it may be a folder's too; raises ValueError otherwise."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name of a queue or an exchange: {name!r}")
    return name


@lru_cache(maxsize=4096)
def topic_matches(pattern: str, routing_key: str) -> bool:
    """Match as AMQP topics do: words between dots, `*` is one word, `#` any number of them, none included."""
    return _words_match(pattern.split("."), routing_key.split("."))


def _words_match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    head, *rest = pattern
    if head == "#":
        return any(_words_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and head in ("*", words[0]) and _words_match(rest, words[1:])


class Routes:
    """Who gets what. Reading costs one stat while nothing changes; changing takes a lock."""

    def __init__(self, root: Path) -> None:
        self._path = root / "bindings.json"
        self._lock_path = root / "bindings.lock"
        self._seen: tuple[int, int, int] | None = None
        self._table: Table = {}

    def exchanges(self) -> Table:
        """Return the whole table as it is now."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        # The file is replaced, never changed, so that its inode tells one edition from the next.
        signature = (found.st_ino, found.st_mtime_ns, found.st_size)
        if signature != self._seen:
            self._table = json.loads(self._path.read_bytes())
            self._seen = signature
        return self._table

    def queues_for(self, exchange: str, routing_key: str) -> list[str]:
        """Return the queues that get a message, each once. Raises KeyError when there is no such exchange."""
        entry = self.exchanges()[exchange]
        found: dict[str, None] = {}
        for queue, key in _bindings(entry):
            if key == routing_key or (entry["type"] == "topic" and topic_matches(key, routing_key)):
                found[queue] = None
        return list(found)

    def declare_exchange(self, exchange: str, kind: str) -> None:
        """Make an exchange; raises ValueError when it exists with another type."""
        with self._changing() as table:
            entry = table.setdefault(checked_name(exchange), {"type": kind, "bindings": []})
            if entry["type"] != kind:
                raise ValueError(f"exchange {exchange} is a {entry['type']} exchange, not {kind}")

    def bind(self, queue: str, exchange: str, routing_key: str) -> None:
        """Add a binding once. Raises KeyError when there is no such exchange."""
        if [queue, routing_key] in _bindings(self.exchanges()[exchange]):
            return
        with self._changing() as table:
            bindings = _bindings(table[exchange])
            if [queue, routing_key] not in bindings:
                bindings.append([queue, routing_key])

    def unbind(self, queue: str, exchange: str | None = None, routing_key: str | None = None) -> None:
        """Remove a queue's bindings: all of them, or those of one exchange or one routing key."""
        with self._changing() as table:
            for name, entry in table.items():
                if exchange not in (None, name):
                    continue
                entry["bindings"] = [
                    [bound, key] for bound, key in _bindings(entry) if bound != queue or routing_key not in (None, key)
                ]

    def delete_exchange(self, exchange: str) -> None:
        """Remove an exchange with its bindings; the queues stay."""
        with self._changing() as table:
            table.pop(exchange, None)

    @contextmanager
    def _changing(self) -> Iterator[Table]:
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            table: Table = json.loads(self._path.read_bytes()) if self._path.exists() else {}
            yield table
            aside = self._path.with_suffix(".aside")
            with open(aside, "w", encoding="utf-8") as file:
                json.dump(table, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
        finally:
            os.close(descriptor)


def _bindings(entry: dict[str, object]) -> list[list[str]]:
    bindings = entry["bindings"]
    assert isinstance(bindings, list)
    return bindings

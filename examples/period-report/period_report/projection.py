"""What each event changes in our tables. ``CHANGES`` is the whole list of what we read; see also contracts/."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from sqlite3 import Connection
from typing import Any

from period_report.envelope import Event
from period_report.periods import CENTRE

NOUNS = {"welfare": ("talk", "dispute", "relief"), "activities": ("activity", "attendance")}
"""What we follow, by publisher; each of them has snapshots. All other subjects are none of our business."""

Change = Callable[[Connection, Event], None]
CHANGES: dict[tuple[str, str], Change] = {}


def on(publisher: str, *names: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        CHANGES.update({(publisher, name): change for name in names})
        return change

    return register


@on("welfare", "talk.held")
def talk_held(db: Connection, event: Event) -> None:
    said = event.data
    db.execute("REPLACE INTO talks VALUES (?, ?, ?)", (said["talk_id"], said["body"], _seconds(said["starts_at"])))


@on("welfare", "talk.snapshot")
def talk_as_it_is(db: Connection, event: Event) -> None:
    if event.data["state"] == "held":
        talk_held(db, event)


@on("welfare", "dispute.opened", "dispute.settled", "dispute.unsettled", "dispute.snapshot")
def dispute(db: Connection, event: Event) -> None:
    said, verb = event.data, event.name.partition(".")[2]
    state = said["state"] if event.is_snapshot else {"opened": "open"}.get(verb, verb)
    closed_on = None if state == "open" else _day(event, "closed_on")
    db.execute("REPLACE INTO disputes VALUES (?, ?, ?, ?)", (said["dispute_id"], said["body"], state, closed_on))


@on("welfare", "relief.visited")
def relief_visited(db: Connection, event: Event) -> None:
    _visit(db, event.data, event.data["visited_on"])


@on("welfare", "relief.paid")
def relief_paid(db: Connection, event: Event) -> None:
    _book(db, event.data, _day(event, "paid_on"), _fen(event.data["amount"]))


@on("welfare", "relief.reversed")
def relief_reversed(db: Connection, event: Event) -> None:
    """The amount is negative: a line of its own, on a day of its own."""
    _book(db, event.data, _day(event, "reversed_on"), _fen(event.data["amount"]))


@on("welfare", "relief.snapshot")
def relief_as_it_is(db: Connection, event: Event) -> None:
    said = event.data
    db.execute("DELETE FROM visits WHERE relief_id = ?", (said["relief_id"],))
    db.execute("DELETE FROM money WHERE relief_id = ?", (said["relief_id"],))
    for day in said.get("visited_on", ()):
        _visit(db, said, day)
    if "paid" in said:
        _book(db, said, said["paid_on"], _fen(said["paid"]))
    if "reversed_on" in said:
        _book(db, said, said["reversed_on"], -_fen(said["paid"]))


@on("activities", "activity.published", "activity.changed", "activity.completed", "activity.snapshot")
def activity(db: Connection, event: Event) -> None:
    said, key = event.data, event.data["activity_id"]
    state = said["state"] if event.is_snapshot else "published"
    db.execute("REPLACE INTO activities VALUES (?, ?)", (key, state))
    db.execute("DELETE FROM activity_bodies WHERE activity_id = ?", (key,))
    db.execute("DELETE FROM sessions WHERE activity_id = ?", (key,))
    db.executemany("INSERT INTO activity_bodies VALUES (?, ?)", [(key, body) for body in said["bodies"]])
    times = [(one["session_id"], key, _seconds(one["starts_at"])) for one in said["sessions"]]
    db.executemany("INSERT INTO sessions VALUES (?, ?, ?)", times)


@on("activities", "activity.cancelled")
def activity_cancelled(db: Connection, event: Event) -> None:
    db.execute("UPDATE activities SET state = 'cancelled' WHERE id = ?", (event.data["activity_id"],))


@on("activities", "attendance.confirmed", "attendance.corrected", "attendance.snapshot")
def attendance(db: Connection, event: Event) -> None:
    said = event.data
    mark = (said["registration_id"], said["session_id"], bool(said["present"]))
    db.execute("REPLACE INTO attendance VALUES (?, ?, ?)", mark)


def _visit(db: Connection, said: dict[str, Any], day: str) -> None:
    db.execute("REPLACE INTO visits VALUES (?, ?, ?, ?)", (said["relief_id"], day, said["body"], _family(said)))


def _book(db: Connection, said: dict[str, Any], day: str, fen: int) -> None:
    db.execute("REPLACE INTO money VALUES (?, ?, ?, ?, ?)", (said["relief_id"], day, said["body"], _family(said), fen))


def _family(said: dict[str, Any]) -> str:
    """Optional in the contract, so there is an answer without it: then everybody is a family of their own."""
    return str(said.get("family_id", said["person_id"]))


def _day(event: Event, name: str) -> str:
    """The day in the books; where the event does not say it, the centre's day on which it happened."""
    return str(event.data.get(name) or event.time.astimezone(CENTRE).date())


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _fen(yuan: str) -> int:
    """Whole fen: SQLite's NUMERIC would make a float of an amount."""
    return int(Decimal(yuan) * 100)

"""The report of a period, computed from our tables."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from sqlite3 import Connection
from typing import Any

from period_report.periods import Period

BODIES = ("party", "union", "league", "women")
# Several bodies may hold one activity or help one family: each of them counts it, and the total counts it once.
QUERIES = {
    "talks_received": "SELECT id, body FROM talks WHERE starts_at >= :since AND starts_at < :before",
    "disputes_settled": "SELECT id, body FROM disputes WHERE state = 'settled' AND closed_on BETWEEN :first AND :last",
    "disputes_unsettled": "SELECT id, body FROM disputes WHERE state = 'unsettled'"
    " AND closed_on BETWEEN :first AND :last",
    "families_visited": "SELECT family, body FROM visits WHERE visited_on BETWEEN :first AND :last",
    "families_helped": "SELECT family, body FROM money WHERE day BETWEEN :first AND :last"
    " GROUP BY family, body HAVING sum(fen) > 0",
    "activities": "SELECT activity_id, body FROM sessions JOIN activity_bodies USING (activity_id)"
    " JOIN activities ON activities.id = activity_id"
    " WHERE state IN ('published', 'completed') AND starts_at >= :since AND starts_at < :before",
    "attendance": "SELECT attendance.id, body FROM attendance JOIN sessions ON sessions.id = session_id"
    " JOIN activity_bodies USING (activity_id) WHERE present AND starts_at >= :since AND starts_at < :before",
}
_MONEY = "SELECT body, sum(fen) FROM money WHERE day BETWEEN :first AND :last GROUP BY body"


@dataclass(frozen=True)
class Figures:
    """``amount_paid`` in yuan, payments less what was taken back. ``body`` is None in the totals."""

    body: str | None
    talks_received: int
    disputes_settled: int
    disputes_unsettled: int
    families_visited: int
    families_helped: int
    amount_paid: Decimal
    activities: int
    attendance: int


MEASURES = tuple(field.name for field in fields(Figures) if field.name != "body")


@dataclass(frozen=True)
class Report:
    """``missing`` subjects wait for a snapshot: until it has come, the figures may lack something of them."""

    period: Period
    bodies: tuple[Figures, ...]
    totals: Figures
    missing: int
    put_aside: int

    def as_json(self) -> dict[str, Any]:
        return {
            "from": str(self.period.first),
            "to": str(self.period.last),
            "bodies": [_plain(figures) for figures in self.bodies],
            "totals": _plain(self.totals),
            "missing": self.missing,
            "put_aside": self.put_aside,
        }


def report(db: Connection, period: Period) -> Report:
    """The figures of each body, and of all of them together."""
    bounds = {"first": str(period.first), "last": str(period.last), "since": period.since, "before": period.before}
    counted = {name: set(db.execute(query, bounds)) for name, query in QUERIES.items()}
    fen = dict(db.execute(_MONEY, bounds))

    def figures(body: str | None) -> Figures:
        numbers: dict[str, Any] = {
            name: len({key for key, owner in found if body in (None, owner)}) for name, found in counted.items()
        }
        paid = sum(fen.values()) if body is None else fen.get(body, 0)
        return Figures(body=body, amount_paid=Decimal(paid).scaleb(-2), **numbers)

    [missing] = db.execute("SELECT count(*) FROM positions WHERE gap_since IS NOT NULL").fetchone()
    [put_aside] = db.execute("SELECT count(*) FROM put_aside").fetchone()
    return Report(period, tuple(figures(body) for body in BODIES), figures(None), missing, put_aside)


def _plain(figures: Figures) -> dict[str, Any]:
    return {**asdict(figures), "amount_paid": f"{figures.amount_paid:.2f}"}

"""The timeline of a case: its audit rows, for those who may see the case."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import AuditRow
from welfare.words import what_happened

_QUIET = ("case-text-written",)
_TONES = {
    "talk-held": "good",
    "talk-unplaced": "bad",
    "talk-cancelled": "bad",
    "dispute-settled": "good",
    "relief-approved": "good",
    "relief-paid": "good",
    "relief-declined": "bad",
    "relief-reversed": "bad",
    "relief-approval-voided": "warn",
    "campaign-opened": "good",
    "case-text-read": "warn",
}


def timeline_of(session: Session, subjects: Sequence[str]) -> list[dict[str, Any]]:
    """Entries of the kit's timeline about subjects that the reader was found to be allowed to see."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject.in_(subjects)).order_by(AuditRow.id))
    return [
        {
            "at": row.at,
            "what": what_happened(row.action),
            "who": row.actor_name if row.actor != "system" else None,
            "tone": _TONES.get(row.action, "neutral"),
        }
        for row in rows
        if row.action not in _QUIET
    ]

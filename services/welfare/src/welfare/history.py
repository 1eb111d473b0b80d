"""The timeline of a case: its audit rows and its events, for those who may see the case."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.tables import AuditRow
from shared.web import with_events
from welfare.words import what_happened

_NOUNS = {"talks": "talk", "disputes": "dispute", "relief_applications": "relief", "campaigns": "campaign"}
"""What the events call what the audit calls by its table."""
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


def timeline_of(session: Session, subjects: Sequence[str]) -> Sequence[Mapping[str, object]]:
    """Entries of the kit's timeline about subjects that the reader was found to be allowed to see."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject.in_(subjects)).order_by(AuditRow.id))
    noted = [
        {
            "at": row.at,
            "what": what_happened(row.action),
            "who": row.actor_name if row.actor != "system" else None,
            "tone": _TONES.get(row.action, "neutral"),
        }
        for row in rows
        if row.action not in _QUIET
    ]
    cases = [one.partition("/") for one in subjects]
    about = [f"{_NOUNS[table]}/{number}" for table, _, number in cases if table in _NOUNS]
    return with_events(session, noted, [*subjects, *about])

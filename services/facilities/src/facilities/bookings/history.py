"""What happened to a booking, for its page."""

from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.occupancy.models import Occupancy
from facilities.wording import source_name, state_name, state_tone
from shared.database.tables import AuditRow
from shared.texts import N_

_WORDS = {
    "booking.made": (N_("Booked"), "good"),
    "booking.requested": (N_("Asked for"), "warn"),
    "booking.moved": (N_("Moved"), "neutral"),
    "booking.approved": (N_("Approved"), "good"),
    "booking.refused": (N_("Not approved"), "bad"),
    "booking.cancelled": (N_("Cancelled"), "bad"),
}


def history(session: Session, row: Occupancy) -> list[dict[str, Any]]:
    """Entries for the kit's timeline, oldest first. Of a confidential booking nobody is named."""
    entries: list[dict[str, Any]] = []
    if row.hold is not None:
        entries.append(
            {
                "at": row.made_at,
                "what": gettext("Held for %(service)s", service=source_name(row.hold.source)),
                "tone": "warn",
            }
        )
        if row.kind == "booking" and row.live:
            entries.append({"at": row.made_at, "what": gettext("Confirmed; it cannot expire any more"), "tone": "good"})
    # Rows booked together share the audit trail of the first one, whose id names the group.
    subjects = {f"booking/{row.id}", f"booking/{row.group_id}"}
    for noted in session.scalars(select(AuditRow).where(AuditRow.subject.in_(subjects)).order_by(AuditRow.id)):
        word, tone = _WORDS.get(noted.action, (noted.action, "neutral"))
        who = None if row.confidential else noted.actor_name
        entries.append({"at": noted.at, "what": gettext(word), "who": who, "tone": tone})
    noted_end = any(entry["at"] == row.ended_at for entry in entries)
    if row.ended_at is not None and not noted_end:
        entries.append({"at": row.ended_at, "what": state_name(row.state), "tone": state_tone(row.state)})
    if row.reason and not row.confidential:
        entries[-1]["detail"] = row.reason
    return entries

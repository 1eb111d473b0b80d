"""What happened to a thing, from the audit trail, with the events that went out with it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.development.wording import CLOSING_NAMES, PAPER_NAMES, STEP_NAMES
from membership.memberships.visibility import reads_whole
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from shared.database.tables import AuditRow
from shared.former_people.lookup import merged_ids
from shared.principal import Principal
from shared.texts import N_
from shared.web import principal, with_events
from shared.web.languages import language

_WORDS: Mapping[str, tuple[str, str]] = {
    "person-registered": (N_("Registered"), "good"),
    "person-updated": (N_("Record changed"), "neutral"),
    "id-number-revealed": (N_("ID number revealed"), "warn"),
    "person-merged": (N_("Merged with another record"), "warn"),
    "decided-distinct": (N_("Not the same as somebody alike"), "neutral"),
    "distinct-taken-back": (N_("Perhaps the same as somebody alike"), "neutral"),
    "erasure-requested": (N_("Erasure requested"), "warn"),
    "erasure-declined": (N_("Erasure declined"), "neutral"),
    "erasure-withdrawn": (N_("Erasure withdrawn"), "neutral"),
    "person-erased": (N_("Erased"), "bad"),
    "add-requested": (N_("Asked for by another body"), "neutral"),
    "add-accepted": (N_("Shared with another body"), "good"),
    "add-declined": (N_("Not shared with another body"), "bad"),
    "add-revoked": (N_("Not shared with another body any more"), "bad"),
    "consent-recorded": (N_("Guardian's consent recorded"), "good"),
    "consent-withdrawn": (N_("Guardian's consent withdrawn"), "bad"),
    "guardians-set": (N_("Guardians set"), "neutral"),
    "membership-started": (N_("Membership started"), "good"),
    "membership-ended": (N_("Membership ended"), "neutral"),
    "organisation-founded": (N_("Founded"), "good"),
    "organisation-changed": (N_("Changed"), "neutral"),
    "joint-branch-joined": (N_("Shares a branch"), "neutral"),
    "joint-branch-left": (N_("Left a joint branch"), "neutral"),
    "organisation-closed": (N_("Closed"), "bad"),
    "household-founded": (N_("Household entered"), "good"),
    "household-changed": (N_("Household changed"), "neutral"),
    "development-opened": (N_("Application taken"), "good"),
    "development-step": (N_("Step recorded"), "good"),
    "development-paper": (N_("Paper added"), "neutral"),
    "development-closed": (N_("File closed"), "bad"),
    "dues-base-set": (N_("Base of the dues entered"), "neutral"),
    "dues-waived": (N_("Dues waived"), "neutral"),
    "dues-payment": (N_("Dues paid"), "good"),
    "dues-reversed": (N_("Payment of dues reversed"), "bad"),
    "transfer-requested": (N_("Transfer requested"), "neutral"),
    "transfer-accepted": (N_("Transfer accepted"), "good"),
    "transfer-returned": (N_("Transfer returned"), "bad"),
    "floating-registered": (N_("Registered as a floating member"), "neutral"),
    "floating-confirmed": (N_("Registered at both ends"), "good"),
    "floating-statement-filed": (N_("Statement from elsewhere filed"), "good"),
    "floating-closed": (N_("Stay away ended"), "neutral"),
    "appraisal-opened": (N_("Appraisal opened"), "neutral"),
    "appraisal-graded": (N_("Grades entered"), "neutral"),
    "appraisal-closed": (N_("Appraisal closed"), "good"),
    "term-entered": (N_("Term of office entered"), "neutral"),
    "election-postponed": (N_("Election postponed"), "warn"),
    "election-recorded": (N_("Election held"), "good"),
    "meeting-noted": (N_("Said what a session was"), "neutral"),
    "guidance-visit": (N_("Guidance visit"), "neutral"),
    "guidance-followed-up": (N_("Finding followed up"), "good"),
    "paper-entered": (N_("Paper entered"), "good"),
    "paper-lent": (N_("Paper lent"), "neutral"),
    "paper-returned": (N_("Paper returned"), "good"),
    "disposal-proposed": (N_("Disposal proposed"), "warn"),
    "disposal-refused": (N_("Put back to its place"), "neutral"),
    "paper-disposed": (N_("Disposed of"), "bad"),
    "import-uploaded": (N_("File uploaded"), "neutral"),
    "import-imported": (N_("Imported"), "good"),
    "import-given-up": (N_("Given up"), "bad"),
}


_OF_THE_PARTY = ("dues-", "transfer-", "floating-", "development-")
"""What only the Party office does to a person begins with these."""


def history(session: Session, noun: str, subject_id: UUID, limit: int = 30) -> Sequence[Mapping[str, Any]]:
    """Entries for the kit's timeline, the latest first; of a person nothing that another body alone may know of."""
    ids = [subject_id, *(merged_ids(session, subject_id) if noun == "person" else ())]
    subjects = [f"{noun}/{one}" for one in ids]
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject.in_(subjects)).order_by(AuditRow.id.desc()).limit(limit)
    ).all()
    if noun == "person":
        rows = _told(session, rows, principal())
    entries = []
    for row in rows:
        word, tone = _WORDS.get(row.action, (row.action, "neutral"))
        entries.append(
            {
                "at": row.at,
                "what": gettext(word),
                "who": row.actor_name,
                "detail": _fact(row),
                "tone": tone,
            }
        )
    told = [f"contact/{one}" for one in ids] if noun == "person" else []
    return with_events(session, entries, [*subjects, *told], newest_first=True)


def _told(session: Session, rows: Sequence[AuditRow], reader: Principal) -> Sequence[AuditRow]:
    """Without memberships, dues, transfers and loans that belong to bodies in which the reader has no role."""
    codes = {row.facts["organisation"] for row in rows if "organisation" in row.facts}
    bodies: dict[str, str | None] = {}
    if codes:
        query = select(Organisation.code, Organisation.body).where(Organisation.code.in_(codes))
        bodies = {row[0]: row[1] for row in session.execute(query)}

    def concerned(row: AuditRow) -> Sequence[str | None]:
        if row.action.startswith(_OF_THE_PARTY):
            return ["party"]
        if row.action.startswith("add-"):
            return [row.facts.get("body"), row.facts.get("owner")]
        return [bodies.get(row.facts["organisation"], "party")] if "organisation" in row.facts else []

    return [row for row in rows if not concerned(row) or any(reads_whole(reader, one) for one in concerned(row))]


def _fact(row: AuditRow) -> str:
    facts = row.facts
    if "step" in facts:
        return str(gettext(STEP_NAMES.get(facts["step"], facts["step"])))
    if "paper" in facts:
        return str(gettext(PAPER_NAMES.get(facts["paper"], facts["paper"])))
    if "reason" in facts:
        return str(gettext(CLOSING_NAMES.get(facts["reason"], facts["reason"])))
    if "organisation" in facts:
        return f"{facts['organisation']}, {kinds().role_name(facts['role'], language())}"
    return ""

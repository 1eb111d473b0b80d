"""Work about branches and papers that waits for somebody, of several kinds in one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from membership.archive.queries import overdue_loans, proposed_disposals
from membership.elections.queries import standings
from membership.floating.queries import selection as stays
from membership.guidance.queries import open_findings
from membership.joint_branches.queries import open_unit_ids
from shared.texts import N_

SMALL, COMMITTEE, STAY, ELECTION, FINDING, LOAN, DISPOSAL = (
    N_("Branch too small: joins another"),
    N_("Committee to elect"),
    N_("Floating member past the expected day"),
    N_("Election to hold"),
    N_("Finding to follow up"),
    N_("Paper to come back"),
    N_("Disposal to decide"),
)
_SOON = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """``kind`` is one of the words above, ``about`` its subject, ``subject_id`` what its page is about."""

    kind: str
    about: str
    place: str
    day: date
    subject_id: UUID


def branch_work(session: Session, today: date, language: str) -> Sequence[Waiting]:
    """Branches too small or without the committee they need, floating members past their day, elections due, findings
    due within a week, papers overdue, disposals proposed; the most urgent first."""
    known = standings(session, today)
    joined = open_unit_ids(session)
    sizes = {"too-small": SMALL, "committee-needed": COMMITTEE}
    found = [
        Waiting(sizes[one.size], one.organisation.name(language), "", today, one.organisation.id)
        for one in known
        if one.size is not None and one.organisation.id not in joined
    ]
    found += [
        Waiting(STAY, one.person.name, one.host_name(language), one.expected_until, one.id)
        for one in session.scalars(stays(state="overdue", today=today))
    ]
    found += [
        Waiting(ELECTION, one.organisation.name(language), "", one.term.last_day, one.organisation.id)
        for one in known
        if one.term is not None and one.state in ("overdue", "soon")
    ]
    found += [
        Waiting(FINDING, one.action, one.visit.organisation.name(language), one.due_on, one.id)
        for one in open_findings(session, until=today + _SOON, limit=None)
    ]
    found += [
        Waiting(LOAN, one.paper.title, one.person.name, one.due_on, one.paper_id)
        for one in overdue_loans(session, today, limit=None)
    ]
    found += [
        Waiting(DISPOSAL, one.title, one.organisation.name(language), one.proposed_on or today, one.id)
        for one in proposed_disposals(session, limit=None)
    ]
    return sorted(found, key=lambda one: (one.day, one.kind, one.about))

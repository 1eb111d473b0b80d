"""What a manager is told of a merge: nothing of what only another body may know."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from membership.add_requests.visibility import PROJECTION_ONLY, whole
from membership.duplicates.plan import MergePlan
from membership.memberships.visibility import reads_whole
from shared.principal import Principal
from shared.refusal import Reason, Refused
from shared.texts import N_

_OF_THE_PARTY = (
    "two-open-files",
    "two-transfers",
    "two-stays",
    "own-helper",
    "same-ballot",
    "dues-paid-twice",
    "waivers-overlap",
)
_TABLES_OF_THE_PARTY = (
    "development_files",
    "development_helpers",
    "dues_",
    "transfers",
    "floating_stays",
    "ballot_rolls",
    "appraisal",
    "archive",
    "election",
)
ELSEWHERE = Reason(
    "another-body-decides",
    N_("Another body keeps something about both records: a manager of that body has to merge them."),
)


def demand_both_whole(session: Session, reader: Principal, people: Collection[UUID], today: date) -> None:
    """Refused (403) unless the reader sees all of both records."""
    if not set(people) <= whole(session, reader, people, today):
        raise Refused("projection-only", PROJECTION_ONLY, status=403)


def told_counts(counts: Mapping[str, int], reader: Principal) -> dict[str, int]:
    """Without the tables of the Party office for who has no role there."""
    if reader.allows("viewer", "party"):
        return dict(counts)
    return {table: count for table, count in counts.items() if not table.startswith(_TABLES_OF_THE_PARTY)}


def told_plan(planned: MergePlan, reader: Principal) -> MergePlan:
    """What stands against it or is to be decided at another body is one sentence, which names nothing."""
    secret = () if reader.allows("viewer", "party") else _OF_THE_PARTY
    blockers = [one for one in planned.blockers if one.code not in secret]
    overlaps = [one for one in planned.overlaps if reads_whole(reader, one.old.body)]
    if len(blockers) < len(planned.blockers) or len(overlaps) < len(planned.overlaps):
        blockers.append(ELSEWHERE)
    return replace(planned, blockers=blockers, overlaps=overlaps, counts=told_counts(planned.counts, reader))

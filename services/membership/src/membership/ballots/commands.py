"""Entering the result of a ballot."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from membership.ballots.models import Ballot, BallotRoll
from membership.ballots.queries import members_due
from membership.ballots.rules import Votes, ballot_reasons, passes
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Refused


def enter_ballot(
    work: UnitOfWork,
    *,
    purpose: str,
    file_id: UUID,
    organisation_id: UUID,
    held_on: date,
    present: Iterable[UUID],
    votes: Votes,
    tellers: str = "",
) -> Ballot:
    """Attendance and sums of a ballot that was held on paper. Refused without quorum, or when sums cannot be."""
    due = frozenset(person.id for person in members_due(work.session, organisation_id, held_on))
    there = frozenset(present)
    reasons = ballot_reasons(due, there, votes)
    if reasons:
        raise Refused.many(reasons)
    ballot = Ballot(
        id=new_id(),
        purpose=purpose,
        file_id=file_id,
        organisation_id=organisation_id,
        held_on=held_on,
        due=len(due),
        present=len(there),
        returned=votes.returned,
        in_favour=votes.in_favour,
        against=votes.against,
        abstained=votes.abstained,
        invalid=votes.invalid,
        passed=passes(len(due), len(there), votes),
        tellers=" ".join(tellers.split())[:120],
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    work.session.add(ballot)
    work.session.flush()
    work.session.add_all(BallotRoll(ballot_id=ballot.id, person_id=one, present=one in there) for one in sorted(due))
    work.session.flush()
    return ballot

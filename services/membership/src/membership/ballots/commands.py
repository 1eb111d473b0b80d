"""Entering the result of a ballot."""

from datetime import date
from uuid import UUID

from membership.ballots.models import Ballot, BallotRoll
from membership.ballots.rules import Count, passes
from membership.shares import BallotRules
from shared.database import UnitOfWork
from shared.identifiers import new_id


def enter_ballot(
    work: UnitOfWork,
    *,
    purpose: str,
    file_id: UUID,
    organisation_id: UUID,
    held_on: date,
    count: Count,
    rules: BallotRules,
    rule_pack: str,
    tellers: str = "",
) -> Ballot:
    """Attendance and sums of a ballot that was held on paper and judged; with the shares by which it was."""
    votes, due, there = count.votes, count.due, count.present
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
        rule_pack=rule_pack,
        quorum_part=rules.quorum.part,
        quorum_whole=rules.quorum.whole,
        quorum_strict=rules.quorum.strict,
        majority_part=rules.majority.part,
        majority_whole=rules.majority.whole,
        majority_strict=rules.majority.strict,
        passed=passes(rules, count),
        tellers=" ".join(tellers.split())[:120],
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    work.session.add(ballot)
    work.session.flush()
    work.session.add_all(BallotRoll(ballot_id=ballot.id, person_id=one, present=one in there) for one in sorted(due))
    work.session.flush()
    return ballot

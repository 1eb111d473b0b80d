"""Quorum and majority of a ballot on a member, by the shares that the rule pack says. Pure."""

from dataclasses import dataclass
from uuid import UUID

from membership.shares import BallotRules
from shared.refusal import Reason
from shared.texts import N_


@dataclass(frozen=True)
class Votes:
    """What the tellers counted on the papers that came back."""

    in_favour: int
    against: int
    abstained: int
    invalid: int = 0

    @property
    def returned(self) -> int:
        return self.in_favour + self.against + self.abstained + self.invalid


@dataclass(frozen=True)
class Count:
    """A ballot as it was counted: who had a vote on its day, who came, and the votes."""

    due: frozenset[UUID]
    present: frozenset[UUID]
    votes: Votes


def passes(rules: BallotRules, count: Count) -> bool:
    """Enough were there, and enough of those due, not only of those present, are in favour."""
    due = len(count.due)
    return rules.quorum.reached(len(count.present), due) and rules.majority.reached(count.votes.in_favour, due)


def ballot_reasons(rules: BallotRules, count: Count) -> list[Reason]:
    """What is wrong with the figures. A ballot without quorum cannot be held; one without majority has failed."""
    due, there, votes = count.due, count.present & count.due, count.votes
    reasons = []
    if not due:
        reasons.append(Reason("nobody-due", N_("The branch had no full member with a vote on that day."), "present"))
    if not count.present <= due:
        text = N_("Only full members of the branch on that day have a vote; probationary members do not.")
        reasons.append(Reason("not-due", text, "present", {"count": len(count.present - due)}))
    if due and not rules.quorum.reached(len(there), len(due)):
        text = N_(
            "No quorum: %(present)s of %(due)s were there; at least %(least)s must be (article %(article)s of "
            "%(rule_pack)s)."
        )
        least = rules.quorum.least(len(due))
        facts = {"present": len(there), "due": len(due), "least": least, "article": rules.quorum_article}
        reasons.append(Reason("no-quorum", text, "present", facts))
    if min(votes.in_favour, votes.against, votes.abstained, votes.invalid) < 0:
        reasons.append(Reason("votes-negative", N_("No count is less than zero."), "in_favour"))
    elif votes.returned > len(count.present):
        text = N_("%(returned)s papers came back, but only %(present)s members were there.")
        facts = {"returned": votes.returned, "present": len(count.present)}
        reasons.append(Reason("too-many-papers", text, "in_favour", facts))
    return reasons

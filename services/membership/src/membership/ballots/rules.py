"""Quorum and majority of a ballot on a member (articles 19 and 20). Pure."""

from dataclasses import dataclass
from uuid import UUID

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


def has_quorum(due: int, present: int) -> bool:
    """More than half of the members with voting rights are there (article 19)."""
    return present * 2 > due


def passes(due: int, present: int, votes: Votes) -> bool:
    """More than half of those due, not only of those present, are in favour (article 20)."""
    return has_quorum(due, present) and votes.in_favour * 2 > due


def ballot_reasons(due: frozenset[UUID], present: frozenset[UUID], votes: Votes) -> list[Reason]:
    """What is wrong with the figures. A ballot without quorum cannot be held; one without majority has failed."""
    reasons = []
    if not due:
        reasons.append(Reason("nobody-due", N_("The branch had no full member with a vote on that day."), "present"))
    if not present <= due:
        text = N_("Only full members of the branch on that day have a vote; probationary members do not.")
        reasons.append(Reason("not-due", text, "present", {"count": len(present - due)}))
    if due and not has_quorum(len(due), len(present & due)):
        text = N_("No quorum: %(present)s of %(due)s were there; more than half of those due must be (article 19).")
        reasons.append(Reason("no-quorum", text, "present", {"present": len(present & due), "due": len(due)}))
    if min(votes.in_favour, votes.against, votes.abstained, votes.invalid) < 0:
        reasons.append(Reason("votes-negative", N_("No count is less than zero."), "in_favour"))
    elif votes.returned > len(present):
        text = N_("%(returned)s papers came back, but only %(present)s members were there.")
        facts = {"returned": votes.returned, "present": len(present)}
        reasons.append(Reason("too-many-papers", text, "in_favour", facts))
    return reasons

"""Rules of terms and elections: when the next one is due, quorum, majority, size of a committee. Pure.

The shares are the office's (``house.yaml``), and are kept with each election.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from membership.development.months import add_months
from membership.house import BranchSizes
from membership.shares import Share
from shared.refusal import Reason
from shared.texts import N_


@dataclass(frozen=True)
class Tally:
    """How many had a vote, how many of them came, how many papers were returned."""

    due: int
    present: int
    returned: int


@dataclass(frozen=True)
class Candidate:
    """The sums of one candidate, and the office of who was elected (None: not elected)."""

    person_id: UUID
    in_favour: int
    against: int = 0
    abstained: int = 0
    role: str | None = None


def due_on(started_on: date, years: int) -> date:
    """The day by which the next election is held: three or five years later."""
    return add_months(started_on, 12 * years)


def term_state(due: date, postponed_to: date | None, today: date, warning_months: int) -> str:
    """``running``, ``soon`` within the months of warning, ``postponed``, or ``overdue``."""
    last = postponed_to or due
    if today > last:
        return "overdue"
    if today >= add_months(last, -warning_months):
        return "postponed" if postponed_to is not None and today > due else "soon"
    return "postponed" if postponed_to is not None else "running"


def size_state(full_members: int, committee: int, sizes: BranchSizes) -> str | None:
    """What a branch's size asks for: ``too-small``, ``committee-needed``, or nothing (None)."""
    if full_members < sizes.least:
        return "too-small"
    if full_members >= sizes.committee_from and committee < sizes.committee_least:
        return "committee-needed"
    return None


def postponing_reasons(
    due: date, until: date, decided_on: date, note: str, today: date, most_months: int
) -> list[Reason]:
    """The superior organisation allows the election to wait, for ``most_months`` at most."""
    reasons = []
    if until <= due:
        text = N_("The election is due on %(day)s; postponed is to a later day.")
        reasons.append(Reason("not-later", text, "until", {"day": due}))
    if until > add_months(due, most_months):
        text = N_("An election waits for %(months)s months at most, which is until %(day)s.")
        facts = {"months": most_months, "day": add_months(due, most_months)}
        reasons.append(Reason("too-long", text, "until", facts))
    if decided_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "decided_on"))
    if not 3 <= len(note) <= 300:
        text = N_("Say in 3 to 300 characters who approved it and by which paper.")
        reasons.append(Reason("approval-needed", text, "note"))
    return reasons


def tally_reasons(tally: Tally, quorum: Share) -> list[Reason]:
    reasons = []
    if tally.due < 1:
        reasons.append(Reason("nobody-due", N_("Nobody had a vote on that day."), "due"))
    if not 0 <= tally.present <= tally.due:
        reasons.append(Reason("too-many-present", N_("No more can be there than have a vote."), "present"))
    elif not quorum.reached(tally.present, tally.due):
        text = N_("No quorum: %(present)s of %(due)s were there; at least %(least)s must be.")
        facts = {"present": tally.present, "due": tally.due, "least": quorum.least(tally.due)}
        reasons.append(Reason("no-quorum", text, "present", facts))
    if not 0 <= tally.returned <= tally.present:
        text = N_("No more papers can come back than members were there.")
        reasons.append(Reason("too-many-papers", text, "returned"))
    return reasons


def candidate_reasons(
    tally: Tally, candidates: Sequence[Candidate], eligible: frozenset[UUID], roles: Sequence[str], majority: Share
) -> list[Reason]:
    """What is wrong with the candidates; fields are those of the candidate's place in the list."""
    reasons = []
    if not candidates:
        reasons.append(Reason("no-candidate", N_("Name at least one candidate."), "candidates"))
    if len({one.person_id for one in candidates}) < len(candidates):
        reasons.append(Reason("named-twice", N_("A candidate is named twice."), "candidates"))
    for place, one in enumerate(candidates):
        field, number = f"candidates.{place}", place + 1
        if one.person_id not in eligible:
            text = N_("Candidate %(number)s was no full member on that day.")
            reasons.append(Reason("not-eligible", text, field, {"number": number}))
        if min(one.in_favour, one.against, one.abstained) < 0 or (
            one.in_favour + one.against + one.abstained > tally.returned
        ):
            text = N_("The votes on candidate %(number)s are more than the papers that came back, or less than zero.")
            reasons.append(Reason("votes-wrong", text, field, {"number": number}))
        if one.role is not None and one.role not in roles:
            text = N_("This kind of organisation has no such role.")
            reasons.append(Reason("role-not-of-this-kind", text, field, {"allowed": list(roles)}))
        if one.role is not None and not majority.reached(one.in_favour, tally.present):
            text = N_("Candidate %(number)s has %(count)s votes; at least %(least)s are asked for.")
            facts = {"number": number, "count": one.in_favour, "least": majority.least(tally.present)}
            reasons.append(Reason("no-majority", text, field, facts))
    return reasons


def committee_reasons(
    elected: Sequence[Candidate], heads: Sequence[str], full_members: int | None, sizes: BranchSizes
) -> list[Reason]:
    """One head; in a branch (``full_members`` not None) a committee of the right size, or none where it is small."""
    reasons = []
    head = sum(one.role in heads for one in elected)
    if head != 1:
        reasons.append(Reason("one-head", N_("One of those elected is the secretary or chair."), "candidates"))
    if full_members is None:
        return reasons
    if full_members >= sizes.committee_from and not sizes.committee_least <= len(elected) <= sizes.committee_most:
        text = N_("A branch of %(count)s full members elects a committee of %(least)s to %(most)s.")
        facts = {"count": full_members, "least": sizes.committee_least, "most": sizes.committee_most}
        reasons.append(Reason("committee-size", text, "candidates", facts))
    if full_members < sizes.committee_from and any(one.role == "committee-member" for one in elected):
        text = N_("A branch of fewer than %(from)s full members has a secretary and no committee.")
        reasons.append(Reason("no-committee", text, "candidates", {"from": sizes.committee_from}))
    return reasons

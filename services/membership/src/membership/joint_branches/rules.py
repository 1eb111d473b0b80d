"""Rules of joint branches: who is small enough to share a branch, and with which one. Pure.

Source: regulations on the work of Party branches (2018): with fewer full members than a branch needs, units join.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shared.refusal import Reason
from shared.texts import N_


@dataclass(frozen=True)
class Side:
    """One of the two as the rules look at it; ``full_members`` None: not a Party branch, so it has none of its own."""

    kind: str
    active: bool
    full_members: int | None
    shares_already: bool
    shared_by_others: bool


def joining_reasons(
    unit: Side, branch: Side, joinable: Collection[str], least: int, start_on: date, today: date
) -> list[Reason]:
    """``joinable``: the kinds that may share this kind of branch (``kinds.yaml``); ``least``: its full members."""
    reasons = []
    if not branch.active or not joinable:
        text = N_("A unit joins an active Party branch.")
        reasons.append(Reason("not-a-branch", text, "branch_id"))
    elif unit.kind not in joinable or not unit.active:
        text = N_("An organisation of this kind shares no branch, or it is closed.")
        reasons.append(Reason("not-a-unit", text, "unit_id", {"allowed": list(joinable)}))
    if unit.full_members is not None and unit.full_members >= least:
        text = N_("This branch has %(count)s full members: with %(least)s or more it stands by itself.")
        reasons.append(Reason("large-enough", text, "unit_id", {"count": unit.full_members, "least": least}))
    if unit.shares_already:
        reasons.append(Reason("joined-already", N_("This unit shares a branch already."), "unit_id"))
    if unit.shared_by_others:
        reasons.append(Reason("is-joint", N_("Others share this branch; it cannot join another one."), "unit_id"))
    if branch.shares_already:
        text = N_("This branch itself joined another one.")
        reasons.append(Reason("branch-joined", text, "branch_id"))
    if start_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "start_on"))
    return reasons

"""Rules of guidance visits and their findings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.refusal import Reason
from shared.texts import N_


@dataclass(frozen=True)
class FindingData:
    """What was found, what is to be done about it, and by when."""

    finding: str
    action: str
    due_on: date


def tidied(text: str, most: int) -> str:
    return " ".join(text.split())[:most]


def visit_reasons(
    kind: str, visited_on: date, today: date, visitors: str, summary: str, findings: Sequence[FindingData]
) -> list[Reason]:
    reasons = []
    if kind not in ("party-branch", "party-general-branch"):
        reasons.append(Reason("not-a-branch", N_("A guidance visit is made to a Party branch."), "organisation_id"))
    if visited_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "visited_on"))
    if not tidied(visitors, 120):
        reasons.append(Reason("visitors-needed", N_("Say who made the visit."), "visitors"))
    if not tidied(summary, 2000):
        reasons.append(Reason("summary-needed", N_("Say in a few words how the branch stands."), "summary"))
    for place, one in enumerate(findings):
        if not tidied(one.finding, 500) or not tidied(one.action, 500):
            text = N_("Finding %(number)s says what was found and what is to be done about it.")
            reasons.append(Reason("finding-incomplete", text, f"findings.{place}", {"number": place + 1}))
        if one.due_on < visited_on:
            text = N_("What follows from finding %(number)s cannot be due before the visit.")
            reasons.append(Reason("due-before-visit", text, f"findings.{place}", {"number": place + 1}))
    return reasons


def done_reasons(visited_on: date, done_on: date, outcome: str, today: date) -> list[Reason]:
    reasons = []
    if not visited_on <= done_on <= today:
        text = N_("The day lies between the visit and today.")
        reasons.append(Reason("day-wrong", text, "done_on"))
    if len(outcome) < 3:
        reasons.append(Reason("outcome-needed", N_("Say in 3 characters or more what came of it."), "outcome"))
    return reasons

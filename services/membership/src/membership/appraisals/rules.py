"""Rules of the democratic appraisal: once a year, for full members, a share of them excellent. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from membership.appraisals.wording import GRADES
from membership.development.months import add_months
from membership.shares import Share
from shared.refusal import Reason
from shared.texts import N_


def opening_reasons(
    kind: str, active: bool, year: int, held_on: date, full_members: int, today: date, months_after: int
) -> list[Reason]:
    """An appraisal is held in its year, or in the first ``months_after`` it."""
    reasons = []
    if kind != "party-branch" or not active:
        text = N_("An appraisal is held by an active Party branch.")
        reasons.append(Reason("not-a-branch", text, "organisation_id"))
    if held_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "held_on"))
    first, after = date(year, 1, 1), add_months(date(year + 1, 1, 1), months_after)
    if not first <= held_on < after:
        text = N_("The appraisal of %(year)s is held from %(first)s to %(last)s.")
        facts = {"year": str(year), "first": first, "last": after - timedelta(days=1)}
        reasons.append(Reason("another-year", text, "held_on", facts))
    if not reasons and not full_members:
        reasons.append(Reason("nobody-there", N_("The branch had no full member on that day."), "held_on"))
    return reasons


def grade_reasons(
    grades: Mapping[UUID, str | None], roll: Mapping[UUID, str], given: Mapping[UUID, str | None], limit: Share
) -> list[Reason]:
    """What stands against these grades; ``roll`` says who takes part as what, ``given`` what they have by now,
    ``limit`` how many of the full members may be excellent."""
    reasons = []
    if not set(grades) <= set(roll):
        text = N_("Somebody is not on the roll of that day.")
        reasons.append(Reason("not-on-roll", text, "grades", {"count": len(set(grades) - set(roll))}))
    if set(grades.values()) - {None, *GRADES}:
        reasons.append(Reason("grade-unknown", N_("There is no such grade."), "grades"))
    if any(grade is not None and roll.get(person) == "probationary-member" for person, grade in grades.items()):
        text = N_("Probationary members take part but get no grade.")
        reasons.append(Reason("probationary", text, "grades"))
    full = sum(role == "member" for role in roll.values())
    excellent = sum(grade == "excellent" for grade in {**given, **grades}.values())
    if excellent > limit.most(full):
        text = N_("%(count)s are graded excellent; of %(full)s full members %(most)s may be.")
        facts = {"count": excellent, "full": full, "most": limit.most(full)}
        reasons.append(Reason("too-many-excellent", text, "grades", facts))
    return reasons


def closing_reasons(roll: Mapping[UUID, str], given: Mapping[UUID, str | None]) -> list[Reason]:
    """It is closed when every full member has a grade, or is marked as having taken no part."""
    open_ = sum(role == "member" and given.get(person) is None for person, role in roll.items())
    if not open_:
        return []
    return [Reason("grades-missing", N_("%(count)s full members have no grade yet."), "grades", {"count": open_})]

"""Opening an appraisal, grading, closing it. For officers of the Party office."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from membership.appraisals.models import Appraisal, AppraisalGrade
from membership.appraisals.queries import NOUN, roll_on
from membership.appraisals.rules import closing_reasons, grade_reasons, opening_reasons
from membership.house import house
from membership.organisations.models import Organisation
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

BODY = "party"


def open_appraisal(work: UnitOfWork, *, organisation_id: UUID, year: int, held_on: date, centre: Centre) -> Appraisal:
    """Take the roll of that day. Refused with every broken rule, or when the branch was appraised in that year."""
    work.actor.demand("officer", BODY)
    organisation: Organisation | None = work.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    roll = roll_on(work.session, organisation_id, held_on)
    full = sum(role == "member" for role in roll.values())
    today = centre.today(work.now)
    rules = house().appraisal
    reasons = opening_reasons(organisation.kind, organisation.active, year, held_on, full, today, rules.months_after)
    if reasons:
        raise Refused.many(reasons)
    appraisal = Appraisal(
        id=new_id(),
        organisation_id=organisation_id,
        year=year,
        held_on=held_on,
        full_members=0,
        excellent=0,
        excellent_part=rules.excellent.part,
        excellent_whole=rules.excellent.whole,
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
    )
    with refused_by(work.session, _ONCE):
        work.session.add(appraisal)
    work.session.add_all(
        AppraisalGrade(appraisal_id=appraisal.id, person_id=person_id, role=role)
        for person_id, role in sorted(roll.items())
    )
    work.session.flush()
    work.session.refresh(appraisal)
    work.audit("appraisal-opened", f"organisation/{organisation_id}", year=year)
    return appraisal


def grade_members(
    work: UnitOfWork, appraisal_id: UUID, grades: Mapping[UUID, str | None], *, version: int
) -> Appraisal:
    """Give or change grades of some or all. The database counts along: no race makes one too many excellent."""
    appraisal = _open(work, appraisal_id, version)
    roll = {one.person_id: one.role for one in appraisal.grades}
    given = {one.person_id: one.grade for one in appraisal.grades}
    reasons = grade_reasons(grades, roll, given, appraisal.limit)
    if reasons:
        raise Refused.many(reasons)
    with refused_by(work.session, _COUNTED):
        for excellent in (False, True):  # who loses the grade first, so that the count is right at any moment
            for row in appraisal.grades:
                if row.person_id in grades and (grades[row.person_id] == "excellent") is excellent:
                    row.grade = grades[row.person_id]
            work.session.flush()
    appraisal.version += 1
    work.session.flush()
    work.session.refresh(appraisal)
    work.audit("appraisal-graded", f"organisation/{appraisal.organisation_id}", count=len(grades))
    return appraisal


def close_appraisal(work: UnitOfWork, appraisal_id: UUID, *, version: int, centre: Centre) -> Appraisal:
    """The result stands; no grade changes any more."""
    appraisal = _open(work, appraisal_id, version)
    roll = {one.person_id: one.role for one in appraisal.grades}
    reasons = closing_reasons(roll, {one.person_id: one.grade for one in appraisal.grades})
    if reasons:
        raise Refused.many(reasons)
    appraisal.closed_on = centre.today(work.now)
    appraisal.version += 1
    work.session.flush()
    work.audit("appraisal-closed", f"organisation/{appraisal.organisation_id}", year=appraisal.year)
    return appraisal


def _open(work: UnitOfWork, appraisal_id: UUID, version: int) -> Appraisal:
    work.actor.demand("officer", BODY)
    appraisal: Appraisal | None = work.lock(Appraisal, appraisal_id)
    if appraisal is None:
        raise NotFound(NOUN)
    if appraisal.closed_on is not None:
        raise Refused("appraisal-closed", N_("This appraisal is closed; its result stands."))
    if appraisal.version != version:
        raise Stale(appraisal.version)
    return appraisal


_DONE = Reason("appraised-already", N_("The appraisal of this branch in that year is on file already."), "year")
_ONCE = {"uq_appraisals_organisation_id": _DONE, "appraisals.organisation_id, appraisals.year": _DONE}
_TOO_MANY = Reason("too-many-excellent", N_("More are graded excellent than may be."), "grades")
_COUNTED = {"ck_appraisals_excellent": _TOO_MANY}

"""Recording visits with their findings, and what came of a finding. For officers of the Party office."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from membership.guidance.models import GuidanceFinding, GuidanceVisit
from membership.guidance.rules import FindingData, done_reasons, tidied, visit_reasons
from membership.organisations.models import Organisation
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Refused, Stale
from shared.texts import N_

BODY = "party"


def record_visit(
    work: UnitOfWork,
    *,
    organisation_id: UUID,
    visited_on: date,
    visitors: str,
    summary: str,
    findings: Sequence[FindingData] = (),
    centre: Centre,
) -> GuidanceVisit:
    """A visit that was made. Refused with every broken rule at once."""
    work.actor.demand("officer", BODY)
    organisation: Organisation | None = work.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    today = centre.today(work.now)
    reasons = visit_reasons(organisation.kind, visited_on, today, visitors, summary, findings)
    if reasons:
        raise Refused.many(reasons)
    visit = GuidanceVisit(
        id=new_id(),
        organisation_id=organisation_id,
        visited_on=visited_on,
        visitors=tidied(visitors, 120),
        summary=summary.strip()[:2000],
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
        findings=[
            GuidanceFinding(
                id=new_id(),
                finding=tidied(one.finding, 500),
                action=tidied(one.action, 500),
                due_on=one.due_on,
                version=1,
            )
            for one in findings
        ],
    )
    work.session.add(visit)
    work.session.flush()
    work.session.refresh(visit)
    work.audit("guidance-visit", f"organisation/{organisation_id}", findings=len(findings))
    return visit


def finish_finding(
    work: UnitOfWork, finding_id: UUID, *, done_on: date, outcome: str, version: int, centre: Centre
) -> GuidanceFinding:
    """What was to be done is done. Said once."""
    work.actor.demand("officer", BODY)
    finding: GuidanceFinding | None = work.lock(GuidanceFinding, finding_id)
    if finding is None:
        raise NotFound(N_("finding"))
    if finding.done_on is not None:
        raise Refused("done-already", N_("This finding was followed up already."))
    if finding.version != version:
        raise Stale(finding.version)
    outcome = tidied(outcome, 500)
    reasons = done_reasons(finding.visit.visited_on, done_on, outcome, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    finding.done_on, finding.outcome, finding.done_by = done_on, outcome, work.actor.name[:120]
    finding.version += 1
    work.session.flush()
    work.audit("guidance-followed-up", f"organisation/{finding.visit.organisation_id}")
    return finding

"""Reading applications and pay-outs, always through the wall."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.money import yuan_text
from shared.principal import SYSTEM, Principal
from shared.refusal import Reason
from welfare import wall
from welfare.funds.models import FundEntry
from welfare.lookups import Person
from welfare.people import person_of
from welfare.relief import rules
from welfare.relief.commands import named
from welfare.relief.hands import parts
from welfare.relief.models import Disbursement, ReliefApplication, ReliefVisit


def list_applications(
    principal: Principal,
    *,
    body: str | None = None,
    state: str | None = None,
    fund_id: UUID | None = None,
    campaign_id: UUID | None = None,
    person_id: UUID | None = None,
    words: str | None = None,
) -> Select[tuple[ReliefApplication]]:
    """The applications that fit all of the filters given."""
    query = wall.visible(select(ReliefApplication), principal)
    if body:
        query = query.where(ReliefApplication.body == body)
    if state == "open":
        query = query.where(ReliefApplication.state.in_(rules.OPEN))
    elif state:
        query = query.where(ReliefApplication.state == state)
    if fund_id:
        query = query.where(ReliefApplication.fund_id == fund_id)
    if campaign_id:
        query = query.where(ReliefApplication.campaign_id == campaign_id)
    if person_id:
        query = query.where(ReliefApplication.person_id == person_id)
    if words and words.strip():
        named = select(Person.id).where(Person.name.contains(words.strip(), autoescape=True))
        query = query.where(ReliefApplication.person_id.in_(named))
    return query


def find_application(session: Session, application_id: UUID, principal: Principal) -> ReliefApplication:
    """NotFound where there is none that the principal may know of."""
    return wall.find(session, ReliefApplication, application_id, principal)


def list_disbursements(principal: Principal) -> Select[tuple[Disbursement]]:
    return wall.visible(select(Disbursement), principal)


def find_disbursement(session: Session, disbursement_id: UUID, principal: Principal) -> Disbursement:
    return wall.find(session, Disbursement, disbursement_id, principal)


@dataclass(frozen=True)
class Step:
    """A step that an application can take next. ``reasons`` say why not by this principal; empty when they may."""

    name: str
    role: str
    reasons: Sequence[Reason]

    @property
    def open(self) -> bool:
        return not self.reasons


def next_steps(application: ReliefApplication, principal: Principal) -> Sequence[Step]:
    """What comes next in an application, and whether this principal may do it. Empty when it is closed."""
    who, hands, body = person_of(principal), parts(application), application.body
    decision = application.decision

    def step(name: str, role: str, reasons: Sequence[Reason]) -> Step:
        if not principal.allows(role, body):
            reasons = [Reason("forbidden", "This needs the role %(role)s.", None, {"role": role}), *reasons]
        return Step(name, role, reasons)

    if application.state == "submitted":
        return [step("visit", "officer", rules.may_visit("submitted", who, hands))]
    if application.state == "visited":
        deciding = rules.may_decide("visited", who, hands)
        return [step("approve", "manager", deciding), step("decline", "manager", deciding)]
    if application.state == "approved":
        approver = decision.approver_id if decision else None
        return [step("pay", "officer", rules.may_pay("approved", who, approver))]
    return []


def waiting_for(session: Session, principal: Principal) -> Sequence[ReliefApplication]:
    """Open applications, the oldest first."""
    query = list_applications(principal, state="open")
    return session.scalars(query.order_by(ReliefApplication.submitted_on, ReliefApplication.id)).all()


def families_visited(session: Session, principal: Principal, first: date, last: date) -> Mapping[str, set[UUID]]:
    """The families that had a home visit from the first to the last day, by body."""
    family = func.coalesce(ReliefApplication.household_id, ReliefApplication.person_id)
    query = wall.visible(
        select(ReliefApplication.body, family)
        .join(ReliefVisit, ReliefVisit.application_id == ReliefApplication.id)
        .where(ReliefVisit.visited_on >= first, ReliefVisit.visited_on <= last)
        .distinct(),
        principal,
    )
    return _by_body(session.execute(query))


def families_helped(session: Session, principal: Principal, first: date, last: date) -> Mapping[str, set[UUID]]:
    """The families to whom something was paid, and not taken back, from the first to the last day, by body."""
    family = func.coalesce(ReliefApplication.household_id, ReliefApplication.person_id)
    query = wall.visible(
        select(FundEntry.body, family)
        .join(ReliefApplication, ReliefApplication.id == FundEntry.application_id)
        .where(FundEntry.kind.in_(("payment", "reversal")), FundEntry.day >= first, FundEntry.day <= last)
        .group_by(FundEntry.body, family)
        .having(func.sum(FundEntry.amount) > Decimal(0)),
        principal,
    )
    return _by_body(session.execute(query))


def _by_body(rows: Iterable[Any]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for body, family in rows:
        found.setdefault(body, set()).add(family)
    return found


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Applications for consumers that ask for them, in neutral words."""
    query = wall.visible(select(ReliefApplication), SYSTEM).order_by(ReliefApplication.id).limit(limit)
    if after is not None:
        query = query.where(ReliefApplication.id > after)
    if only is not None:
        query = query.where(ReliefApplication.id == only)
    return [(one.id, _as_it_is(one)) for one in session.scalars(query)]


def _as_it_is(application: ReliefApplication) -> dict[str, Any]:
    data = {**named(application), "state": application.state}
    if application.visits:
        data["visited_on"] = [visit.visited_on for visit in application.visits]
    paid = application.disbursement
    if paid is not None:
        data |= {"paid": yuan_text(paid.amount), "paid_on": paid.paid_on}
        if paid.reversed_on is not None:
            data["reversed_on"] = paid.reversed_on
    return data


def applicants(session: Session, principal: Principal, application_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Who applied, by application."""
    if not application_ids:
        return {}
    columns = select(ReliefApplication.id, ReliefApplication.person_id)
    query = wall.visible(columns.where(ReliefApplication.id.in_(set(application_ids))), principal)
    return {row[0]: row[1] for row in session.execute(query)}

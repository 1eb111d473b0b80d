"""Founding, changing and closing organisations. The permission by body is demanded here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from membership.memberships.models import Membership
from membership.organisations import periods
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.organisations.queries import NOUN, event_data
from membership.organisations.rules import OrganisationData, broken, tidied
from membership.published import organisation_changed
from membership.refusals import refused_by
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def found_organisation(
    work: UnitOfWork,
    data: OrganisationData,
    *,
    parent_id: UUID | None = None,
    sample: bool = False,
    organisation_id: UUID | None = None,
    founded_on: date | None = None,
    today: date | None = None,
) -> Organisation:
    """A new organisation, under a parent or at the top of a tree.

    ``founded_on`` None: nobody knows, so it counts as having been there always. Refused with every broken rule, or when
    code or credit code are taken.
    """
    data = tidied(data)
    parent = _locked(work, parent_id) if parent_id else None
    reasons = broken(data, parent.kind if parent else None, kinds()) + _closed(parent)
    if founded_on is not None:
        reasons += _founding(work, parent_id, founded_on, today or founded_on)
    kind = kinds().by_code.get(data.kind)
    work.actor.demand("officer", kind.body if kind else None)
    if reasons:
        raise Refused.many(reasons)
    assert kind is not None
    organisation = Organisation(
        id=organisation_id or new_id(),
        code=data.code,
        kind=data.kind,
        body=kind.body,
        parent_id=parent_id,
        name_zh=data.name_zh,
        name_en=data.name_en,
        credit_code=data.credit_code,
        active=True,
        sample=sample,
        version=1,
        created_at=work.now,
    )
    with refused_by(work.session, _TAKEN):
        work.session.add(organisation)
    periods.begin(work, organisation, founded_on)
    work.audit("organisation-founded", f"organisation/{organisation.id}", kind=data.kind)
    work.record(organisation_changed, organisation.id, event_data(organisation))
    return organisation


def change_organisation(
    work: UnitOfWork,
    organisation_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: int,
    today: date,
    since: date | None = None,
) -> Organisation:
    """Change code, names, credit code or parent. Stale when the version is an older one.

    Names and parent hold from ``since`` on (None: from today on); what held before stays known as of its days.
    """
    since = since or today
    organisation = _for_change(work, organisation_id, version)
    data = tidied(
        replace(
            OrganisationData(
                organisation.code,
                organisation.kind,
                organisation.name_zh,
                organisation.name_en,
                organisation.credit_code,
            ),
            **{name: value for name, value in changes.items() if name != "parent_id"},
        )
    )
    parent_id = changes.get("parent_id", organisation.parent_id)
    parent = _locked(work, parent_id) if parent_id else None
    moved = parent_id != organisation.parent_id
    reasons = broken(data, parent.kind if parent else None, kinds()) + (_closed(parent) if moved else [])
    reasons += periods.day_reasons(work.session, organisation_id, since, today)
    if moved and parent_id is not None:
        reasons += periods.parent_reasons(work.session, parent_id, since, "since")
    if reasons:
        raise Refused.many(reasons)
    with refused_by(work.session, _TAKEN):
        organisation.code, organisation.credit_code = data.code, data.credit_code
        organisation.name_zh, organisation.name_en = data.name_zh, data.name_en
        organisation.parent_id = parent_id
        organisation.version += 1
    periods.follow(work, organisation, since)
    work.audit("organisation-changed", f"organisation/{organisation.id}", fields=sorted(changes))
    work.record(organisation_changed, organisation.id, event_data(organisation))
    return organisation


def close_organisation(work: UnitOfWork, organisation_id: UUID, *, version: int, today: date) -> Organisation:
    """Close an organisation that has neither active organisations under it nor members left."""
    organisation = _for_change(work, organisation_id, version, role="manager")
    reasons = []
    below = select(Organisation.id).where(Organisation.parent_id == organisation.id, Organisation.active)
    if work.session.scalars(below.limit(1)).first():
        reasons.append(Reason("has-children", N_("Organisations under it are still active.")))
    held = select(Membership.id).where(
        Membership.organisation_id == organisation.id, or_(Membership.end_on.is_(None), Membership.end_on > today)
    )
    if work.session.scalars(held.limit(1)).first():
        reasons.append(Reason("has-members", N_("It still has members: end their memberships first.")))
    if reasons:
        raise Refused.many(reasons, status=409)
    organisation.active = False
    organisation.version += 1
    periods.end(work, organisation, today)
    work.audit("organisation-closed", f"organisation/{organisation.id}")
    work.record(organisation_changed, organisation.id, event_data(organisation))
    return organisation


def lock_organisation(work: UnitOfWork, organisation_id: UUID) -> Organisation:
    """The organisation, locked against closing and moving; NotFound when there is none."""
    return _locked(work, organisation_id)


def _for_change(work: UnitOfWork, organisation_id: UUID, version: int, role: str = "officer") -> Organisation:
    organisation = _locked(work, organisation_id)
    work.actor.demand(role, organisation.body)
    if organisation.version != version:
        raise Stale(organisation.version)
    return organisation


def _locked(work: UnitOfWork, organisation_id: UUID) -> Organisation:
    organisation: Organisation | None = work.lock(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(NOUN)
    return organisation


def _founding(work: UnitOfWork, parent_id: UUID | None, founded_on: date, today: date) -> list[Reason]:
    if founded_on > today:
        return [Reason("day-ahead", N_("That day has not come yet."), "founded_on")]
    return [] if parent_id is None else periods.parent_reasons(work.session, parent_id, founded_on, "founded_on")


def _closed(parent: Organisation | None) -> list[Reason]:
    if parent is None or parent.active:
        return []
    return [Reason("parent-closed", N_("That organisation is closed."), "parent_id")]


_CODE = Reason("code-taken", N_("Another organisation has this code."), "code")
_CREDIT_CODE = Reason("credit-code-taken", N_("Another enterprise has this credit code."), "credit_code")
_TAKEN = {
    "uq_organisations_code": _CODE,
    "organisations.code": _CODE,
    "uq_organisations_credit_code": _CREDIT_CODE,
    "organisations.credit_code": _CREDIT_CODE,
}

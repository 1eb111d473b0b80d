"""Which memberships somebody sees, and how much of each. The one place that says so.

A body's own memberships, and those of no body, are seen whole. Of another body's it is said where somebody belongs at
present, and nothing more: no role, no day. A role that tells a stage of the way into the Party is not said to other
bodies at all, for the development file has no page for them either. Who is cared for at a station is told to those
alone who see the whole record of that person. Nothing that they may not read can be found out by
filtering or sorting by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from membership.add_requests.whole import seen_whole, sees_every_body
from membership.memberships.models import Membership
from membership.memberships.queries import NOUN, holds_on, selection
from membership.memberships.rules import CARE_ROLE, STAGE_ROLES
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Principal
from shared.refusal import NotFound

_NEVER_TOLD = (*STAGE_ROLES, CARE_ROLE)


@dataclass(frozen=True)
class SeenMembership:
    """A membership as somebody sees it: role and days are None where only the organisation is said."""

    membership: Membership
    complete: bool

    @property
    def id(self) -> UUID:
        return self.membership.id

    @property
    def version(self) -> int:
        return self.membership.version

    @property
    def person_id(self) -> UUID:
        return self.membership.person_id

    @property
    def person(self) -> Person:
        return self.membership.person

    @property
    def organisation_id(self) -> UUID:
        return self.membership.organisation_id

    @property
    def organisation(self) -> Organisation:
        return self.membership.organisation

    @property
    def body(self) -> str | None:
        return self.membership.body

    @property
    def role(self) -> str | None:
        return self.membership.role if self.complete else None

    @property
    def start_on(self) -> date | None:
        return self.membership.start_on if self.complete else None

    @property
    def end_on(self) -> date | None:
        return self.membership.end_on if self.complete else None


def reads_whole(reader: Principal, body: str | None) -> bool:
    """Whether the reader sees role and days of memberships of that body."""
    return body is None or reader.allows("viewer", body)


def own(reader: Principal, today: date) -> ColumnElement[bool]:
    """The condition that the reader sees a membership whole."""
    if sees_every_body(reader):
        return true()
    nobodys = Membership.body.is_(None)
    cared_for = Membership.role == CARE_ROLE
    return or_(
        Membership.body.in_(reader.bodies("viewer")),
        nobodys & ~cared_for,
        nobodys & cared_for & seen_whole(reader, today, Membership.person_id),
    )


def told(reader: Principal, today: date) -> ColumnElement[bool]:
    """The condition that a membership is no secret to the reader: where somebody may be said to belong today."""
    if sees_every_body(reader):
        return true()
    return or_(own(reader, today), Membership.role.not_in(_NEVER_TOLD) & holds_on(today))


def is_own(reader: Principal, body: str | None, role: str, *, whole: bool) -> bool:
    """:func:`own` of a membership that was read; ``whole`` is whether the reader sees its person's whole record."""
    return (role != CARE_ROLE or whole) if body is None else reads_whole(reader, body)


def is_told(reader: Principal, body: str | None, role: str, *, whole: bool) -> bool:
    """:func:`told` of a membership that was read and holds today."""
    return is_own(reader, body, role, whole=whole) or role not in _NEVER_TOLD


def visible(
    reader: Principal,
    today: date,
    *,
    role: str | None = None,
    as_of: date | None = None,
    by_days: bool = False,
    **by: Any,
) -> Any:
    """The memberships that the reader finds, as :func:`membership.memberships.queries.selection` takes filters.

    Other bodies' are found by what is said of them alone: not by their role, not on any day but today, and not where
    the list is sorted by their days (``by_days``). Who holds two roles in one organisation stands there once.
    """
    found = selection(role=role, as_of=as_of, **by)
    if sees_every_body(reader):
        return found
    if role is not None or by_days or as_of not in (None, today):
        return found.where(own(reader, today))
    first = aliased(Membership)
    another = (
        select(first.id)
        .where(
            first.person_id == Membership.person_id,
            first.organisation_id == Membership.organisation_id,
            first.id < Membership.id,
            first.role.not_in(_NEVER_TOLD),
            first.start_on <= today,
            or_(first.end_on.is_(None), first.end_on > today),
        )
        .exists()
    )
    return found.where(or_(own(reader, today), Membership.role.not_in(_NEVER_TOLD) & holds_on(today) & ~another))


def seen(memberships: Iterable[Membership], reader: Principal) -> list[SeenMembership]:
    return [SeenMembership(one, reads_whole(reader, one.body)) for one in memberships]


def of_person(
    session: Session, person_id: UUID, reader: Principal, today: date, *, whole: bool
) -> list[SeenMembership]:
    """What the reader sees of a person's memberships, the latest first; those told in part after the others.

    These are the memberships of :func:`visible`, for who knows already whether the reader sees the ``whole`` record.
    """
    query = selection(person_id=person_id).options(joinedload(Membership.organisation))
    complete: list[Membership] = []
    in_part: dict[UUID, Membership] = {}
    for one in session.scalars(query.order_by(Membership.start_on.desc(), Membership.id)):
        if is_own(reader, one.body, one.role, whole=whole):
            complete.append(one)
        elif one.role not in _NEVER_TOLD and one.start_on <= today and (one.end_on is None or one.end_on > today):
            first = in_part.get(one.organisation_id, one)
            in_part[one.organisation_id] = min(first, one, key=lambda held: held.id)
    others = sorted(in_part.values(), key=lambda one: one.organisation.code)
    return seen([*complete, *others], reader)


def see_membership(session: Session, membership_id: UUID, reader: Principal, today: date) -> SeenMembership:
    """NotFound when there is none, or none that the reader may know of."""
    found = session.scalars(visible(reader, today).where(Membership.id == membership_id)).one_or_none()
    if found is None:
        raise NotFound(NOUN)
    return seen([found], reader)[0]

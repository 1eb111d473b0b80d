"""Whom an audience consists of just now, and which audiences somebody may choose."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from notifications.audiences.models import KnownActivity, KnownDuty, KnownMembership, KnownRegistration, KnownShift
from notifications.contacts.models import Contact, Organisation
from shared.principal import ALL_BODIES, Principal

HAS_PLACE = ("confirmed",)
HAS_PLACE_OR_WAITS = ("confirmed", "waitlisted")


def members(session: Session, organisations: Collection[UUID], today: date) -> list[UUID]:
    """Who belongs to one of the organisations today, each once."""
    return list(
        session.scalars(
            select(KnownMembership.person_id)
            .where(
                KnownMembership.organisation_id.in_(organisations),
                KnownMembership.start_on <= today,
                or_(KnownMembership.end_on.is_(None), KnownMembership.end_on > today),
            )
            .distinct()
            .order_by(KnownMembership.person_id)
        )
    )


def registered(session: Session, activity_id: UUID, states: Collection[str]) -> list[UUID]:
    """Who has a registration of these states for a session of the activity, each once."""
    return list(
        session.scalars(
            select(KnownRegistration.person_id)
            .where(KnownRegistration.activity_id == activity_id, KnownRegistration.state.in_(states))
            .distinct()
            .order_by(KnownRegistration.person_id)
        )
    )


def on_shift(session: Session, shift_id: UUID) -> list[UUID]:
    """Who is on duty in a shift, each once."""
    return _on_duty(session, KnownDuty.shift_id == shift_id)


def on_duty(session: Session, moment: datetime) -> list[UUID]:
    """Who is on duty at a moment, in whichever shift, each once."""
    return _on_duty(session, KnownDuty.starts_at <= moment, KnownDuty.ends_at > moment)


def _on_duty(session: Session, *when: ColumnElement[bool]) -> list[UUID]:
    chosen = select(KnownDuty.person_id).where(KnownDuty.released.is_(False), *when)
    return list(session.scalars(chosen.distinct().order_by(KnownDuty.person_id)))


def with_those_below(session: Session, organisation_id: UUID) -> set[UUID]:
    """An organisation and all that stand below it."""
    found, level = {organisation_id}, {organisation_id}
    while level:
        below = select(Organisation.organisation_id).where(Organisation.parent_id.in_(level))
        level = set(session.scalars(below)) - found
        found |= level
    return found


def organisations_for(session: Session, who: Principal) -> Sequence[Organisation]:
    """Organisations that somebody may write to: of the bodies where they are officers, and those of no body."""
    chosen = select(Organisation).where(Organisation.active.is_not(False)).order_by(Organisation.name_zh)
    if not who.allows("officer", ALL_BODIES):
        chosen = chosen.where(or_(Organisation.body.is_(None), Organisation.body.in_(who.bodies("officer"))))
    return session.scalars(chosen).all()


def activities_for(session: Session, who: Principal, since: datetime) -> list[KnownActivity]:
    """Activities, not over before `since`, that a body where somebody is an officer holds or shares in."""
    chosen = (
        select(KnownActivity)
        .where(or_(KnownActivity.ends_at.is_(None), KnownActivity.ends_at > since))
        .order_by(KnownActivity.ends_at.desc(), KnownActivity.activity_id)
    )
    return [one for one in session.scalars(chosen) if may_write_to(who, one.bodies)]


def shifts_for(session: Session, who: Principal, since: datetime) -> list[KnownShift]:
    """Shifts, not over before `since`, of the bodies where somebody is an officer; the next one first."""
    chosen = (
        select(KnownShift)
        .where(KnownShift.ends_at > since, KnownShift.cancelled.is_(False))
        .order_by(KnownShift.starts_at, KnownShift.shift_id)
    )
    return [one for one in session.scalars(chosen) if may_write_to(who, [one.body] if one.body else [])]


def may_write_to(who: Principal, bodies: Collection[str]) -> bool:
    """Whether somebody is an officer of one of the bodies; what belongs to no body is open to every officer."""
    return not bodies or any(who.allows("officer", body) for body in bodies)


def people_named(session: Session, lines: Sequence[str]) -> Iterator[tuple[str, list[UUID]]]:
    """For each line, a name or a telephone number, the people whom it fits."""
    for line in lines:
        digits = line.replace(" ", "").replace("-", "")
        phone = digits if digits.startswith("+") else f"+86{digits}"
        fits = Contact.phone == phone if digits.lstrip("+").isdecimal() else Contact.name == line
        yield line, list(session.scalars(select(Contact.person_id).where(fits).order_by(Contact.person_id).limit(3)))

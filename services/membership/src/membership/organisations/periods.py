"""What an organisation was called and where it stood, as periods; the trees of any day are read from them.

The row of the organisation says how it is now; its periods say the same for today and what held before. The database
forbids two of one organisation at a time.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from membership.base import Base
from membership.organisations.models import Organisation
from shared.database import UnitOfWork, Uuid
from shared.identifiers import new_id
from shared.refusal import Reason
from shared.texts import N_


class OrganisationPeriod(Base):
    """Name, kind and place of an organisation from ``start_on`` to the day before ``end_on``.

    ``start_on`` None: as far back as anybody knows. The last period of a closed organisation has an end.
    """

    __tablename__ = "organisation_periods"
    __table_args__ = (
        CheckConstraint("end_on IS NULL OR start_on IS NULL OR end_on > start_on", name="period"),
        Index("ix_organisation_periods_organisation", "organisation_id", "end_on"),
        Index("ix_organisation_periods_parent", "parent_id"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]

    def name(self, language: str) -> str:
        """The name of that time in the reader's language."""
        return self.name_zh if language.startswith("zh") else self.name_en


def begin(work: UnitOfWork, organisation: Organisation, since: date | None) -> None:
    """The first period of an organisation."""
    work.session.add(_as_it_is(organisation, since))
    work.session.flush()


def follow(work: UnitOfWork, organisation: Organisation, on: date) -> None:
    """From that day on the organisation is as its row says. A second change on one day replaces the first."""
    last = last_period(work.session, organisation.id)
    now = _as_it_is(organisation, on)
    if last is not None and _shown(last) == _shown(now):
        return
    if last is not None and last.start_on == on:
        last.name_zh, last.name_en, last.parent_id = now.name_zh, now.name_en, now.parent_id
    else:
        if last is not None:
            last.end_on = on
            work.session.flush()
        work.session.add(now)
    work.session.flush()


def end(work: UnitOfWork, organisation: Organisation, on: date) -> None:
    """From that day on there is no such organisation. One that began that very day was never there."""
    last = last_period(work.session, organisation.id)
    if last is not None and last.start_on is not None and last.start_on >= on:
        work.session.delete(last)
    elif last is not None:
        last.end_on = on
    work.session.flush()


def day_reasons(session: Session, organisation_id: UUID, on: date, today: date) -> list[Reason]:
    """What stands against a change from that day on: it lies ahead, or before the change that was noted last."""
    last = last_period(session, organisation_id)
    if on > today:
        return [Reason("day-ahead", N_("That day has not come yet."), "since")]
    if last is not None and last.start_on is not None and on < last.start_on:
        text = N_("What holds now began on %(day)s; a change before that day cannot be entered.")
        return [Reason("before-last-change", text, "since", {"day": last.start_on})]
    return []


def parent_reasons(session: Session, parent_id: UUID, on: date, field: str) -> list[Reason]:
    """Nothing stands under an organisation before that one began."""
    query = select(OrganisationPeriod.start_on).where(OrganisationPeriod.organisation_id == parent_id)
    begun = session.scalars(query).all()
    if None in begun or not begun or min(day for day in begun if day is not None) <= on:
        return []
    text = N_("The organisation above it began on %(day)s only.")
    return [Reason("parent-younger", text, field, {"day": min(day for day in begun if day is not None)})]


def last_period(session: Session, organisation_id: UUID) -> OrganisationPeriod | None:
    """The period that goes on; None when the organisation is closed."""
    query = select(OrganisationPeriod).where(
        OrganisationPeriod.organisation_id == organisation_id, OrganisationPeriod.end_on.is_(None)
    )
    return session.scalars(query).one_or_none()


def as_of(session: Session, day: date) -> Mapping[UUID, OrganisationPeriod]:
    """What each organisation was on that day, by its id; those that were not there are left out."""
    query = select(OrganisationPeriod).where(
        or_(OrganisationPeriod.start_on.is_(None), OrganisationPeriod.start_on <= day),
        or_(OrganisationPeriod.end_on.is_(None), OrganisationPeriod.end_on > day),
    )
    return {period.organisation_id: period for period in session.scalars(query)}


def of_organisation(session: Session, organisation_id: UUID) -> list[OrganisationPeriod]:
    """All periods of an organisation, the latest first."""
    query = select(OrganisationPeriod).where(OrganisationPeriod.organisation_id == organisation_id)
    return sorted(session.scalars(query), key=lambda one: one.start_on or date.min, reverse=True)


def names_of(session: Session, organisation_id: UUID) -> Mapping[UUID, Organisation]:
    """The organisations under which it has stood, by id."""
    above = select(OrganisationPeriod.parent_id).where(OrganisationPeriod.organisation_id == organisation_id)
    return {one.id: one for one in session.scalars(select(Organisation).where(Organisation.id.in_(above)))}


def _as_it_is(organisation: Organisation, since: date | None) -> OrganisationPeriod:
    return OrganisationPeriod(
        id=new_id(),
        organisation_id=organisation.id,
        kind=organisation.kind,
        parent_id=organisation.parent_id,
        name_zh=organisation.name_zh,
        name_en=organisation.name_en,
        start_on=since,
        end_on=None,
    )


def _shown(period: OrganisationPeriod) -> tuple[str, str, UUID | None]:
    return period.name_zh, period.name_en, period.parent_id

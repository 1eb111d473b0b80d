"""Removing from this service what tells who somebody was. Ids, days, amounts and states stay."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from membership.add_requests.models import AddRequest
from membership.consents.models import GuardianConsent
from membership.development.models import DevelopmentFile, DevelopmentStep
from membership.duplicates.models import DistinctPair, PersonMerge
from membership.duplicates.plan import person_columns
from membership.erasures.rules import ERASED_NAME
from membership.households.models import Guardianship, Household, HouseholdMember
from membership.households.queries import event_data as household_data
from membership.memberships.models import Membership
from membership.memberships.queries import event_data as membership_data
from membership.people.contacts import record_contact
from membership.people.models import Person
from membership.people.tokens import PersonToken
from membership.published import household_changed, membership_ended
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.staff.models import Account

_FREE_TEXTS = ("note", "reason", "remark", "purpose")


def empty_record(work: UnitOfWork, person: Person) -> None:
    """One statement, after which the database lets nothing change any more."""
    _write(work, delete(PersonToken).where(PersonToken.person_id == person.id))
    person.name, person.language = ERASED_NAME, "zh-Hans"
    person.phone = person.email = person.birth_on = None
    person.id_number_sealed = person.id_number_index = None
    person.guarded = False
    person.version += 1
    person.indexed_version = person.version
    person.updated_at = person.erased_at = work.now
    work.session.flush()


def end_memberships(work: UnitOfWork, person_id: UUID, today: date) -> None:
    """What still runs ends today; what began today or lies ahead holds for its first day."""
    query = select(Membership).where(
        Membership.person_id == person_id, or_(Membership.end_on.is_(None), Membership.end_on > today)
    )
    for one in work.session.scalars(query.order_by(Membership.id).with_for_update()).all():
        one.end_on = max(today, one.start_on + timedelta(days=1))
        one.version += 1
        work.session.flush()
        work.record(membership_ended, one.id, membership_data(one))


def leave_home(work: UnitOfWork, person: Person, centre: Centre) -> None:
    """Out of the household, which may bear the person's name, and out of every guardianship."""
    lives = select(HouseholdMember.household_id).where(HouseholdMember.person_id == person.id)
    for home in work.session.scalars(select(Household).where(Household.id.in_(lives)).with_for_update()).unique():
        home.members[:] = [one for one in home.members if one.person_id != person.id]
        if person.name in home.name:
            home.name = f"{home.members[0].person.name}家" if home.members else ERASED_NAME
        home.version += 1
        work.session.flush()
        work.record(household_changed, home.id, household_data(home))
    mine = or_(Guardianship.child_id == person.id, Guardianship.guardian_id == person.id)
    children = work.session.scalars(
        select(Guardianship.child_id).where(Guardianship.guardian_id == person.id).order_by(Guardianship.child_id)
    ).all()
    _write(work, delete(Guardianship).where(mine))
    _write(work, delete(GuardianConsent).where(GuardianConsent.child_id == person.id))
    work.session.expire_all()
    for child in work.session.scalars(select(Person).where(Person.id.in_(children)).order_by(Person.id)).all():
        record_contact(work, child, centre)


def empty_texts(work: UnitOfWork, person_id: UUID) -> None:
    """Notes and reasons in every table that names the person, and decisions about who is not the same."""
    _write(
        work,
        delete(DistinctPair).where(or_(DistinctPair.first_id == person_id, DistinctPair.second_id == person_id)),
    )
    _write(
        work,
        update(AddRequest)
        .where(AddRequest.person_id == person_id, AddRequest.state.in_(("requested", "accepted")))
        .values(state="withdrawn", decided_at=work.now),
    )
    for table, column in person_columns():
        for name in _FREE_TEXTS:
            if name in table.c:
                empty = None if table.c[name].nullable else ""
                _write(work, update(table).where(table.c[column] == person_id).values({name: empty}))
    files = select(DevelopmentFile.id).where(DevelopmentFile.person_id == person_id)
    _write(work, update(DevelopmentStep).where(DevelopmentStep.file_id.in_(files)).values(note=""))
    _write(work, update(PersonMerge).where(PersonMerge.into_id == person_id).values(reason=""))
    _write(work, update(Account).where(Account.person_id == person_id).values(person_id=None))


def _write(work: UnitOfWork, statement: Any) -> None:
    work.session.execute(statement, execution_options={"synchronize_session": False})

"""Which person is behind an account of staff, so that notices and tests reach them where membership says."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.staff.models import Account
from shared.texts import N_


def accounts_and_people(session: Session) -> Sequence[tuple[Account, str | None]]:
    """Active accounts, each with the name of its person where one is known."""
    rows = session.execute(
        select(Account, Contact.name)
        .join(Contact, Contact.person_id == Account.person_id, isouter=True)
        .where(Account.active)
        .order_by(Account.username)
    )
    return [(row[0], row[1]) for row in rows]


def tie_account(work: UnitOfWork, account_id: UUID, address: str) -> Account:
    """Tie an account to the person who has this telephone number or e-mail address; an empty one unties it.

    Forbidden below administrator of all bodies, because four eyes are counted by person. Refused when nobody has the
    address, or more than one.
    """
    work.actor.demand("admin", ALL_BODIES)
    account: Account | None = work.lock(Account, account_id)
    if account is None:
        raise NotFound("account")
    person = _person(work.session, address.strip()) if address.strip() else None
    account.person_id = person
    work.audit("account-tied" if person else "account-untied", f"account/{account_id}", person=str(person or ""))
    work.session.flush()
    return account


def _person(session: Session, address: str) -> UUID:
    number = "".join(char for char in address if char.isdigit() or char == "+")
    numbers = (number, f"+86{number}") if number else ()
    found = session.scalars(
        select(Contact.person_id).where(or_(Contact.email == address, Contact.phone.in_(numbers))).limit(2)
    ).all()
    if len(found) != 1:
        text = N_("Nobody has this address.") if not found else N_("More than one person has this address.")
        raise Refused("address", text, field="address", status=422)
    return found[0]

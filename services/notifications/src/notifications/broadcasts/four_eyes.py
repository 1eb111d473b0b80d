"""The two persons who look at a broadcast above the limit: one hands it in, another one approves it."""

from sqlalchemy import or_, update

from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.rules import Account, may_be_second
from shared.database import UnitOfWork
from shared.principal import Principal
from shared.refusal import Refused
from shared.texts import N_


def account_of(who: Principal) -> Account:
    return Account(who.key, who.person_id)


def handed_in_by(work: UnitOfWork, broadcast: Broadcast) -> None:
    """Keep that the actor hands it in."""
    broadcast.handed_in_at, broadcast.handed_in_by = work.now, work.actor.name[:120]
    broadcast.handed_in_key, broadcast.handed_in_person_id = work.actor.key, work.actor.person_id


def handed_in_by_nobody(broadcast: Broadcast) -> None:
    """It is a draft again: whoever hands it in next is the one who counts."""
    broadcast.handed_in_by = broadcast.handed_in_key = broadcast.handed_in_person_id = None


def may_approve(who: Principal, broadcast: Broadcast) -> bool:
    """Whether this is a second person for what waits."""
    author = Account(broadcast.author_key, broadcast.author_person_id)
    key = broadcast.handed_in_key
    return may_be_second(account_of(who), author, Account(key, broadcast.handed_in_person_id) if key else None)


def demand_second_person(who: Principal, broadcast: Broadcast) -> None:
    """Refused (409) for everybody who is none."""
    if broadcast.handed_in_key is None:
        raise Refused("four-eyes", N_("It is not known who handed this in. Give it back and hand it in again."))
    if not may_approve(who, broadcast):
        raise _not_second(broadcast)


def approved_by_second_person(work: UnitOfWork, broadcast: Broadcast) -> None:
    """Release it in the actor's name; the row itself says once more that the actor is neither of the others."""
    who = work.actor
    others = (Broadcast.author_person_id, Broadcast.handed_in_person_id)
    released = work.session.execute(
        update(Broadcast)
        .where(
            Broadcast.id == broadcast.id,
            Broadcast.state == "waiting",
            Broadcast.author_key != who.key,
            Broadcast.handed_in_key != who.key,
            *(or_(column.is_(None), column != who.person_id) for column in others if who.person_id is not None),
        )
        .values(state="running", approved_at=work.now, approved_by=who.name[:120], approved_key=who.key)
        .returning(Broadcast.id)
        .execution_options(synchronize_session=False)
    ).first()
    if released is None:
        raise _not_second(broadcast)
    work.session.refresh(broadcast)


def _not_second(broadcast: Broadcast) -> Refused:
    return Refused(
        "four-eyes",
        N_("Somebody else than the author, and than whoever handed it in, has to approve this."),
        author=broadcast.author,
        handed_in_by=broadcast.handed_in_by or "",
    )

"""What recipients decide for themselves; whoever holds their signed link may."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete

from notifications.messages.rules import CHANNELS
from notifications.preferences.models import OptOut
from notifications.preferences.queries import switched_off
from notifications.preferences.rules import OPTIONAL, OPTIONAL_BY_SMS
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.refusal import NotFound, Reason, Refused
from shared.texts import N_


def choose(work: UnitOfWork, person_id: UUID, wanted: Collection[str]) -> None:
    """Want these channels and topics, and no others. Refused when no channel is left."""
    if not set(wanted) & set(CHANNELS):
        raise Refused.many([Reason("channel", N_("Leave at least one way to write to you."), CHANNELS[0])])
    unwanted = {topic for topic in (*CHANNELS, *OPTIONAL, OPTIONAL_BY_SMS) if topic not in wanted}
    if unwanted == switched_off(work.session, person_id):
        return
    work.session.execute(delete(OptOut).where(OptOut.person_id == person_id, OptOut.topic.not_in(unwanted)))
    for topic in sorted(unwanted):
        _switch_off(work, person_id, topic, "page")
    work.audit("preferences-chosen", f"person/{person_id}", off=sorted(unwanted))


def unsubscribe(work: UnitOfWork, person_id: UUID, category: str) -> None:
    """Switch one optional category off; a repeated click changes nothing. NotFound for any other category."""
    if category not in OPTIONAL:
        raise NotFound("category")
    if _switch_off(work, person_id, category, "one-click"):
        work.audit("unsubscribed", f"person/{person_id}", category=category)


def answer_no(work: UnitOfWork, person_id: UUID) -> None:
    """Somebody answered an SMS with a word that ends what is optional by SMS; what is mandatory still comes."""
    if _switch_off(work, person_id, OPTIONAL_BY_SMS, "reply"):
        work.audit("unsubscribed", f"person/{person_id}", category=OPTIONAL_BY_SMS)


def _switch_off(work: UnitOfWork, person_id: UUID, topic: str, way: str) -> bool:
    insert = insert_on(dialect_of(work.session))
    values = {"person_id": person_id, "topic": topic, "since": work.now, "way": way}
    statement = insert(OptOut).values(**values).on_conflict_do_nothing(index_elements=["person_id", "topic"])
    return work.session.execute(statement.returning(OptOut.topic)).first() is not None

"""Asking a publisher for the present state of what this service reads from it."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.database.tables import InboxPosition
from shared.deliveries.searching import as_uuid
from shared.inbox.reactions import Reactions
from shared.inbox.requests import ask_for_snapshot
from shared.refusal import Refused
from shared.service import Service
from shared.texts import N_

COUNTED = 100_000


@dataclass(frozen=True, eq=False)
class Offer:
    """A noun whose present state a publisher can be asked for."""

    publisher: str
    noun: str
    reactions: Reactions


def offers(service: Service, publisher: str | None = None, noun: str | None = None) -> list[Offer]:
    """What this service may ask for, in the order of publishers; narrowed to a publisher or a noun."""
    found = [
        Offer(reactions.publisher, each, reactions)
        for reactions in service.reactions
        for each in reactions.snapshot_nouns
        if publisher in (None, reactions.publisher) and noun in (None, each)
    ]
    return sorted(found, key=lambda offer: (offer.publisher, offer.noun))


def known_subjects(session: Session, offer: Offer) -> int:
    """How many subjects of this noun were heard of here, counted up to ``COUNTED``."""
    range_of_noun = (InboxPosition.subject >= f"{offer.noun}/", InboxPosition.subject < f"{offer.noun}0")
    some = select(literal(1)).where(InboxPosition.source == offer.reactions.source, *range_of_noun)
    return int(session.execute(select(func.count()).select_from(some.limit(COUNTED).subquery())).scalar_one())


def ask(
    work: UnitOfWork,
    service: Service,
    publisher: str,
    *,
    noun: str | None = None,
    subject: str | None = None,
    reason: str = "",
) -> list[str]:
    """Ask for a noun, for one subject, or for everything that is read from the publisher. Returns the nouns.

    ``subject`` is ``<noun>/<uuid>``, or the uuid alone where the noun is said. Refused at the field that is wrong.
    """
    if subject and "/" in subject:
        named, _, subject = subject.strip().partition("/")
        if noun not in (None, named):
            raise Refused("subject-noun", N_("This subject is of another kind."), field="subject", status=422)
        noun = named
    found = offers(service, publisher, noun)
    if not found:
        raise Refused(
            "no-snapshots",
            N_("This service reads no such present states of %(publisher)s."),
            field="noun",
            status=422,
            publisher=publisher,
        )
    number = as_uuid(subject) if subject else None
    if subject and (number is None or noun is None):
        raise Refused(
            "subject-malformed",
            N_("A subject is written as its kind, a stroke and its number: person/0192…"),
            field="subject",
            status=422,
        )
    for offer in found:
        one = f"{offer.noun}/{number}" if number else None
        ask_for_snapshot(work, service, offer.reactions, noun=offer.noun, subject=one)
        facts = {"reason": reason.strip()[:500]} if reason.strip() else {}
        work.audit("snapshots-asked", one or f"snapshots/{publisher}", noun=offer.noun, publisher=publisher, **facts)
    return [offer.noun for offer in found]

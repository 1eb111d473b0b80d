"""Who had a hand in an application, and on which side of it. The tables refuse a person on both."""

from collections.abc import Mapping
from uuid import UUID

from shared.database import UnitOfWork
from welfare.relief.models import ReliefApplication, ReliefHand


def parts(application: ReliefApplication) -> Mapping[UUID, str]:
    """The first part that each person took."""
    return {hand.person_id: hand.part for hand in application.hands}


def lend_hand(work: UnitOfWork, application: ReliefApplication, person_id: UUID, part: str) -> None:
    """Note that a person has a hand in this application; a second part on the same side changes nothing.

    Somebody who stands on the other side is stopped by the rules before, and by the tables otherwise.
    """
    if person_id in parts(application):
        return
    side = "deciding" if part == "approver" else "asking"
    hand = ReliefHand(application_id=application.id, person_id=person_id, side=side, part=part)
    application.hands.append(hand)
    work.session.flush()

"""Sending a broadcast to oneself first: the real way, to one person."""

from datetime import timedelta
from uuid import UUID

from notifications.broadcasts.commands import locked_broadcast
from notifications.broadcasts.fanning import notice_values
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.texts import keep_texts
from notifications.contacts.models import Contact
from notifications.messages.drafts import Drafts
from notifications.messages.rules import LANES, notice_id
from notifications.preferences.rules import AFFAIRS
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.texts import N_

WORTH = timedelta(hours=1)


def send_to_oneself(work: UnitOfWork, broadcast_id: UUID) -> Broadcast:
    """Queue it for the actor alone. Refused (409) where nothing is known of how they are reached.

    It is a test: quiet hours and wishes do not hold it, it belongs to no list and is not counted as the broadcast's.
    """
    broadcast = locked_broadcast(work, broadcast_id, ("draft", "waiting"))
    person = work.actor.person_id
    if person is None or work.session.get(Contact, person) is None:
        raise Refused("no-own-contact", N_("Your account is tied to no person with a telephone number or an e-mail "
                                           "address, so nothing can be sent to you."))  # fmt: skip
    keep_texts(work, broadcast)
    test = new_id()
    drafts = Drafts(work)
    drafts.look_up([person])
    common = {
        **notice_values(work, broadcast, work.now),
        "event_id": test,
        "subject": f"broadcast-test/{test}",
        "lane": LANES["normal"],
        "category": AFFAIRS,
        "passes_quiet_hours": True,
        "expires_at": work.now + WORTH,
    }
    notice = drafts.add(common, notice_id(test, "broadcast-test", person), person, about=person)
    drafts.step(notice, "broadcast-test", title=broadcast.title)
    drafts.resolve(notice)
    drafts.write()
    work.audit("broadcast-tried", broadcast.subject)
    work.session.flush()
    return broadcast

"""Broadcasts to people who were named by name, when two of these were one, or one of them is erased."""

from uuid import UUID

from sqlalchemy import select

from notifications.broadcasts.models import Broadcast
from shared.database import UnitOfWork


def name_in_audiences(work: UnitOfWork, old: UUID, new: UUID | None) -> None:
    """Let drafts, lists that broadcasts were made from, and their authors and those who handed them in name who stands
    for `old`, or nobody.

    Names stand in a list: every broadcast is read, which is rare and some thousands at most.
    """
    for broadcast in work.session.scalars(select(Broadcast).order_by(Broadcast.id).with_for_update()):
        named = broadcast.audience.get("person_ids") or ()
        if str(old) in named:
            kept = [str(new) if one == str(old) and new is not None else one for one in named]
            broadcast.audience = {
                **broadcast.audience,
                "person_ids": [one for one in dict.fromkeys(kept) if one != str(old)],
            }
        if broadcast.author_person_id == old:
            broadcast.author_person_id = new
        if broadcast.handed_in_person_id == old:
            broadcast.handed_in_person_id = new
    work.session.flush()

"""Taking answers to SMS: each once, however often and in whatever order a gateway tells them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from notifications.contacts.models import Contact
from notifications.preferences.commands import answer_no
from notifications.replies.models import SmsReply
from notifications.replies.rules import Reply, ending_word
from shared.database import UnitOfWork, dialect_of, insert_on


def take_replies(work: UnitOfWork, provider: str, replies: Sequence[Reply]) -> int:
    """Carry out each answer once; how many were new.

    A word that ends what is optional holds for everybody who has that number now: who shares a telephone shares what
    comes to it. An answer that is told again does not undo what somebody chose since.
    """
    return sum(_take(work, provider, reply) for reply in replies)


def _take(work: UnitOfWork, provider: str, reply: Reply) -> bool:
    word = ending_word(reply.text)
    people = list(
        work.session.scalars(select(Contact.person_id).where(Contact.phone == reply.phone).order_by(Contact.person_id))
    )
    values = {
        "provider": provider, "reply_key": reply.key, "phone": reply.phone, "word": word, "people": len(people),
        "taken_at": work.now,
    }  # fmt: skip
    statement = insert_on(dialect_of(work.session))(SmsReply).values(**values)
    new = statement.on_conflict_do_nothing(index_elements=["provider", "reply_key"]).returning(SmsReply.id)
    if work.session.execute(new).first() is None:
        return False
    for person_id in people if word is not None else ():
        answer_no(work, person_id)
    return True


def forget_replies(work: UnitOfWork, before: datetime) -> int:
    """Drop what was answered long ago; what followed from it stays."""
    gone: Any = work.session.execute(delete(SmsReply).where(SmsReply.taken_at < before))
    return int(gone.rowcount)

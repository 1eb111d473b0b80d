"""Making the notices, messages and choices of one person id another's, and forgetting somebody who is erased."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Table, UniqueConstraint, and_, delete, exists, or_, select, update

from notifications.broadcasts.former_people import name_in_audiences
from notifications.contacts.models import Contact
from notifications.digests.former_people import hand_over_windows
from notifications.messages.fan_out import resolve
from notifications.messages.models import Message, Notice
from notifications.messages.steps import add_step
from notifications.preferences.models import OptOut
from notifications.published import MESSAGE_SUPPRESSED
from notifications.replies.models import SmsReply
from notifications.subjects.commands import name_anew
from notifications.suppressions.models import Suppression
from notifications.tables import Base
from shared.database import UnitOfWork
from shared.former_people import bodies_forgotten

_TREATED_BY_NAME = ("contacts", "notices", "messages", "opt_outs", "suppressions", "digest_windows")
"""Everything else that has a column ``person_id`` is a list of people, and is treated alike."""
_FORGOTTEN = ("known_", "preference_links", "link_revocations")
"""How the names of those lists begin that an erased person leaves."""


def move(work: UnitOfWork, old: UUID, new: UUID) -> Mapping[str, int]:
    """What was to reach the old id reaches the other one; whose own choices, where there are any, count."""
    _write(work, delete(Contact).where(Contact.person_id == old))
    _write(work, update(Notice).where(Notice.about_id == old).values(about_id=new))
    notices = _write(work, update(Notice).where(Notice.person_id == old).values(person_id=new))
    messages = _write(work, update(Message).where(Message.person_id == old).values(person_id=new))
    chosen = work.session.scalar(select(exists().where(OptOut.person_id == new)))
    preferences = _write(
        work,
        delete(OptOut).where(OptOut.person_id == old)
        if chosen
        else update(OptOut).where(OptOut.person_id == old).values(person_id=new),
    )
    left_alone = _write(work, update(Suppression).where(Suppression.person_id == old).values(person_id=new))
    hand_over_windows(work, old, new)
    name_in_audiences(work, old, new)
    name_anew(work, old, new)
    for table in _lists():
        _repoint(work, table, old, new)
    work.session.expire_all()
    if notices and work.session.get(Contact, new) is not None:
        _send_what_waited(work, new)
    return {"messages": messages, "preferences": preferences, "suppressions": left_alone}


def erase(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Forget how to reach the person, what was said to them or about them, and what is left unsent."""
    _forget_replies(work, person_id)
    contacts = remove_contact(work, person_id)
    mine = or_(Notice.person_id == person_id, Notice.about_id == person_id)
    _drop_unsent(work, person_id)
    name_in_audiences(work, person_id, None)
    name_anew(work, person_id, None)
    _write(work, update(Notice).where(mine, Notice.state == "waiting").values(state="suppressed", reason="erased"))
    _write(work, update(Notice).where(mine).values(facts={}, contents_dropped_at=work.now))
    messages = _write(work, update(Message).where(Message.person_id == person_id).values(address=""))
    preferences = _write(work, delete(OptOut).where(OptOut.person_id == person_id))
    left_alone = _write(work, delete(Suppression).where(Suppression.person_id == person_id))
    for table in _lists():
        if table.name.startswith(_FORGOTTEN):
            _write(work, delete(table).where(table.c.person_id == person_id))
    work.session.expire_all()
    return {
        "contacts": contacts,
        "messages": messages,
        "preferences": preferences,
        "suppressions": left_alone,
    }


def _forget_replies(work: UnitOfWork, person_id: UUID) -> None:
    """What was answered from their number, unless it is somebody else's, too."""
    phone = work.session.scalar(select(Contact.phone).where(Contact.person_id == person_id))
    others = exists().where(Contact.phone == SmsReply.phone, Contact.person_id != person_id)
    _write(work, delete(SmsReply).where(SmsReply.phone == phone, ~others))


def remove_contact(work: UnitOfWork, person_id: UUID) -> int:
    """Forget how to reach somebody; the events that said it are forgotten with it."""
    gone = _write(work, delete(Contact).where(Contact.person_id == person_id))
    bodies_forgotten(work.session, [person_id], ["contact"])
    return gone


def still_open(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Nothing here stands against an erasure: what is unsent is not sent."""
    return {}


def _send_what_waited(work: UnitOfWork, person_id: UUID) -> None:
    waiting = select(Notice).where(
        Notice.person_id == person_id,
        Notice.state == "waiting",
        Notice.window_id.is_(None),
        Notice.expires_at > work.now,
    )
    for notice in work.session.scalars(waiting.order_by(Notice.id).with_for_update()).all():
        resolve(work, notice)


def _drop_unsent(work: UnitOfWork, person_id: UUID) -> None:
    """One that a sender is handing over right now is on its way."""
    unsent = or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False)))
    rows = work.session.execute(
        select(Message, Notice.event_id)
        .join(Notice, Notice.id == Message.notice_id)
        .where(or_(Message.person_id == person_id, Notice.about_id == person_id), unsent)
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()
    for message, event_id in rows:
        message.state, message.reason, message.finished_at = "suppressed", "erased", work.now
        message.maybe_sent = message.maybe_duplicate
        said = {"maybe_sent": True} if message.maybe_sent else {}
        add_step(work, message.notice_id, "suppressed", message.id, reason="erased", **said)
        work.record(
            MESSAGE_SUPPRESSED,
            message.message_id,
            {
                "message_id": message.message_id,
                "person_id": message.person_id,
                "channel": message.channel,
                "event_id": event_id,
                "event_type": message.event_type,
                "reason": "erased",
            },
        )
    work.session.flush()


def _lists() -> list[Table]:
    return [
        table for table in Base.metadata.sorted_tables if "person_id" in table.c and table.name not in _TREATED_BY_NAME
    ]


def _repoint(work: UnitOfWork, table: Table, old: UUID, new: UUID) -> None:
    """Where the other one stands on a list already, the old one's line goes.

    What may be there once at a time, as an open digest, stays where it is while both have one: it comes to its end
    under the old id, and what comes of it is moved then.
    """
    twin = table.alias()

    def doubled(others: Sequence[str]) -> Any:
        return exists().where(twin.c.person_id == new, *(twin.c[name] == table.c[name] for name in others))

    for others in _keys(table):
        _write(work, delete(table).where(table.c.person_id == old, doubled(others)))
    at_a_time = [~doubled(others) for others in _keys_at_a_time(table)]
    _write(work, update(table).where(table.c.person_id == old, *at_a_time).values(person_id=new))


def _keys(table: Table) -> list[list[str]]:
    """The other columns of each key that the person is part of."""
    keys = [list(table.primary_key.columns.keys())]
    keys += [list(one.columns.keys()) for one in table.constraints if isinstance(one, UniqueConstraint)]
    return [_others(key) for key in keys if "person_id" in key]


def _keys_at_a_time(table: Table) -> list[list[str]]:
    keys = [list(one.columns.keys()) for one in table.indexes if one.unique]
    return [_others(key) for key in keys if "person_id" in key]


def _others(key: Sequence[str]) -> list[str]:
    return [name for name in key if name != "person_id"]


def _write(work: UnitOfWork, statement: Any) -> int:
    result = work.session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount

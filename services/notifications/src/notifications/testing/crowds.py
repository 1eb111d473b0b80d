"""Thousands of recipients of one event, for tests."""

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from notifications.contacts.models import Contact
from notifications.messages.fan_out import announce
from notifications.messages.models import Message
from notifications.testing.mailbox_process import Mailbox
from shared.clock import utc_now
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime


def write_contacts(runtime: Runtime, number: int, *, phones: bool = True) -> list[UUID]:
    """People with an e-mail address, and a telephone number if `phones`."""
    people = [uuid4() for _ in range(number)]
    rows = [
        {
            "person_id": one,
            "name": "某某",
            "language": "zh-Hans",
            "phone": f"+861{one.int % 10**10:010d}" if phones else None,
            "email": f"{one.hex}@sample.invalid",
            "guardians": [],
            "sample": True,
            "updated_at": utc_now(),
        }
        for one in people
    ]
    with runtime.database.writing() as session:
        session.execute(insert(Contact.__table__), rows)  # type: ignore[arg-type]
    return people


def tell(runtime: Runtime, people: list[UUID]) -> int:
    """Let all of them learn of one event, which comes twice; how many notices were made."""
    starts = utc_now() + timedelta(days=2)
    envelope = Envelope(
        id=new_id(),
        source="/services/activities",
        type="org.yizhan.activities.registration.confirmed.v1",
        subject=f"registration/{new_id()}",
        subjectversion=1,
        time=utc_now(),
        data={},
    )
    facts = {
        "title": {"zh": "小候鸟", "en": "x"},
        "when": {"from": starts.isoformat(), "to": None},
        "place": None,
    }
    with runtime.unit_of_work() as work:
        made = announce(work, ReceivedEvent(envelope, {}), people, facts=facts, starts_at=starts)
        assert announce(work, ReceivedEvent(envelope, {}), people[:10], facts=facts, starts_at=starts) == 0
    return made


def bury(runtime: Runtime, sent: int, later: int) -> None:
    """So many messages that were sent and that are due tomorrow, like the first one there is. PostgreSQL only."""
    own = ("id", "message_id", "state", "due_at", "resting")
    names = ", ".join(column.name for column in Message.__table__.columns if column.name not in own)
    with runtime.database.writing() as session:
        for state, due, number in (("sent", "now()", sent), ("pending", "now() + interval '1 day'", later)):
            session.execute(text(
                f"INSERT INTO messages (id, message_id, state, due_at, resting, {names})"
                f" SELECT gen_random_uuid(), gen_random_uuid(), '{state}', {due}, true, {names}"
                f" FROM (SELECT * FROM messages ORDER BY id LIMIT 1) one, generate_series(1, {number})"
            ))  # fmt: skip
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.execute(text("VACUUM ANALYZE messages"))


def arrivals(mailbox: Mailbox, channel: str) -> Counter[str]:
    """How often each message id arrived."""
    found = mailbox.messages(channel=channel, limit=50_000)
    return Counter(message["message_id"].strip("<>").partition("@")[0] for message in found)

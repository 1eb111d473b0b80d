"""Contents end, facts stay."""

from datetime import timedelta

from sqlalchemy import select

from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.queries import progress
from notifications.broadcasts.retention import drop_broadcasts
from notifications.messages.retention import drop_contents
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.others import Others
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock


def test_what_an_old_broadcast_said_and_whom_it_was_for_is_dropped_and_that_it_went_out_is_kept(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    person, texts = others.contact(), {"zh-Hans": {"sms": "明天停水"}}
    common = {"body": "union", "channels": ["sms"], "category": "announcements", "kept_hours": 72, "author": "王",
              "author_key": "staff:1", "values": {}, "texts": texts, "needs_approval": False}  # fmt: skip
    audience = {"kind": "people", "person_ids": [str(person)]}
    with runtime.unit_of_work() as work:
        for title, state in (("旧", "done"), ("草稿", "draft")):
            made = Broadcast(id=new_id(), title=title, state=state, audience=audience, created_at=work.now, **common)
            made.approved_at, made.people, made.reached = work.now, 1, 1
            work.session.add(made)
            work.session.flush()
            work.session.add(Recipient(id=new_id(), broadcast_id=made.id, person_id=person, about_id=person))
    kept = timedelta(days=180)
    assert drop_broadcasts(runtime, clock() - kept) == 0
    clock.advance(hours=24 * 181)
    assert drop_broadcasts(runtime, clock() - kept) == 2  # the broadcast and its one recipient
    assert drop_broadcasts(runtime, clock() - kept) == 0
    with runtime.reading() as session:
        by_title = {one.title: one for one in session.scalars(select(Broadcast))}
        old, draft = by_title["旧"], by_title["草稿"]
        assert [progress(session, one).people for one in (old, draft)] == [1, 1]
        assert (old.texts, old.audience) == ({}, {"kind": "people", "person_ids": []})
        assert (draft.texts, draft.audience) == (texts, audience)
        assert session.scalars(select(Recipient.broadcast_id)).all() == [draft.id]


def test_what_an_old_message_said_is_dropped_and_that_it_was_sent_is_kept(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    others.registration("confirmed", others.contact(phone=None, email="somebody@sample.invalid"))
    sender.run_once()
    assert drop_contents(runtime, timedelta(days=180)) == 0
    clock.advance(hours=24 * 181)
    others.registration("confirmed", others.contact(phone=None))
    assert drop_contents(runtime, timedelta(days=180)) == 1
    assert drop_contents(runtime, timedelta(days=180)) == 0
    old, young = notices(runtime)
    assert (old.facts, young.facts == {}) == ({}, False)
    assert messages(runtime)[0].address == "s•••@sample.invalid"
    assert states(runtime) == {"sent": 1, "pending": 1}
    assert len(steps(runtime, "contents-dropped")) == 1

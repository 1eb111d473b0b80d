"""Messages of somebody whose record was merged into another one or erased."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from notifications.broadcasts.commands import write_broadcast
from notifications.broadcasts.models import Broadcast
from notifications.contacts.models import Contact
from notifications.preferences.models import OptOut
from notifications.testing.conditions import messages, notices
from notifications.testing.others import Others
from shared.database.tables import InboxRow
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, receive, recorded


def tell(runtime: Runtime, name: str, person_id: UUID, **more: UUID) -> None:
    said = {key: str(value) for key, value in more.items()}
    receive(runtime, "membership", name, person_id, {"person_id": str(person_id), **said})


def known(runtime: Runtime) -> list[UUID]:
    with runtime.reading() as session:
        return list(session.scalars(select(Contact.person_id)))


def test_what_waited_for_the_old_id_reaches_the_record_that_stands(runtime: Runtime, others: Others) -> None:
    old, into = uuid4(), others.contact()
    others.registration("confirmed", old)
    with runtime.unit_of_work() as work:
        work.session.add(OptOut(person_id=old, topic="email", since=work.now, way="page"))
    tell(runtime, "person.merged", old, into_id=into)
    assert {(one.person_id, one.channel) for one in messages(runtime)} == {(into, "sms")}
    others.registration("confirmed", old)
    assert {one.person_id for one in notices(runtime)} == {into}


def test_an_address_that_comes_late_brings_nobody_back(runtime: Runtime, others: Others) -> None:
    old, into = others.contact(), others.contact()
    tell(runtime, "contact.removed", old)
    assert known(runtime) == [into]
    tell(runtime, "person.merged", old, into_id=into)
    data = {"person_id": str(old), "name": "某某", "language": "zh-Hans", "phone": "+8613800138000"}
    late = event("membership", "contact.changed", old, data, runtime=runtime, version=1)
    snapshot = event("membership", "contact.snapshot", old, data, runtime=runtime, version=9)
    hand_over(runtime, late, snapshot)
    assert known(runtime) == [into]


def test_one_of_two_registrations_of_one_person_ends_without_a_message(runtime: Runtime, others: Others) -> None:
    person = others.contact()
    others.registration("cancelled", person, was="confirmed", reason="staff", doubled=True)
    assert messages(runtime) == []


def test_broadcasts_to_named_people_name_the_record_that_stands(runtime: Runtime, others: Others) -> None:
    old, into, third = others.contact(), others.contact(), others.contact()
    author = Principal(uuid4(), "王", grants=(Grant("officer", "union"),), person_id=old)
    with runtime.unit_of_work(actor=author) as work:
        written = write_broadcast(
            work, body="union", title="停水", audience={"kind": "people", "person_ids": [old, third, into]},
            channels=["sms"], category="announcements", texts={"zh-Hans": {"sms": "明天停水。"}},
        ).id  # fmt: skip

    def named() -> tuple[list[str], UUID | None]:
        with runtime.reading() as session:
            found = session.get_one(Broadcast, written)
            return found.audience["person_ids"], found.author_person_id

    tell(runtime, "person.merged", old, into_id=into)
    assert named() == ([str(into), str(third)], into)
    tell(runtime, "person.erased", third)
    assert named() == ([str(into)], into)


def test_an_erased_person_is_not_written_to_and_leaves_nothing_that_was_said(runtime: Runtime, others: Others) -> None:
    gone = others.contact(phone="+8613800138000")
    others.registration("confirmed", gone)
    tell(runtime, "person.erased", gone)
    assert known(runtime) == []
    assert {(one.state, one.reason, one.address) for one in messages(runtime)} == {("suppressed", "erased", "")}
    assert [one.facts for one in notices(runtime)] == [{}]
    others.registration("confirmed", gone)
    assert len(notices(runtime)) == 1
    with runtime.reading() as session:
        bodies = session.scalars(select(InboxRow.body).where(InboxRow.subject == f"contact/{gone}")).all()
    assert bodies == [None]
    counts: dict[str, Any] = {
        one["what"]: one["count"] for one in recorded(runtime, "erasure.done")[0].data["counts"]
    }  # fmt: skip
    assert counts == {"contacts": 1, "messages": 2}

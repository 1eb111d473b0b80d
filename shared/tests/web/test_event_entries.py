"""The events about a record among what people did with it."""

from uuid import UUID

import pytest
from flask import Flask, g
from sqlalchemy import select, update

from shared.database.tables import AuditRow, InboxRow, OutboxRow
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, work_off
from shared.testing.fakes import SettableClock
from shared.web import create_app, with_events


@pytest.fixture
def app(reader: Runtime) -> Flask:
    return create_app(reader, pages=[], apis=[], navigation=[], package="shared")


def named(reader: Runtime, name: str) -> UUID:
    """Somebody's thing got a name, and the reader heard of it."""
    made = event("publisher", "thing.named", new_id(), {"thing_id": str(new_id()), "name": name}, runtime=reader)
    hand_over(reader, made)
    work_off(reader)
    return made.id


def test_what_went_out_and_came_in_stands_in_the_order_of_time(
    reader: Runtime, app: Flask, clock: SettableClock
) -> None:
    asked = named(reader, "lamp?")  # answered by an event of the reader's own
    clock.advance(minutes=1)
    noted = named(reader, "note")
    named(reader, "of no concern")
    with reader.unit_of_work() as work:
        subject = work.session.scalars(select(OutboxRow.subject)).one()
        work.session.execute(update(OutboxRow).values(published_at=clock()))
        correlation = work.session.scalars(select(InboxRow.correlation_id).where(InboxRow.event_id == noted)).one()
        work.audit("noted", subject)
        work.session.flush()
        work.session.execute(update(AuditRow).values(correlation_id=correlation))
    clock.advance(minutes=1)
    entry = {"at": clock(), "what": "Somebody looked"}
    for grant, read in (
        (Grant("manager", "*"), True),
        (Grant("officer", "*"), False),
        (Grant("manager", "union"), False),
    ):
        with app.test_request_context(headers={"Accept-Language": "en"}), reader.reading() as session:
            g.principal = Principal(new_id(), "Li", grants=(grant,))
            told = with_events(session, [entry], [subject])
            assert [each["what"] for each in told] == [
                "Heard from publisher",
                "Told the other services",
                "Heard from publisher",
                "Somebody looked",
            ]
            assert [each["state"][0] for each in told if "state" in each] == ["Done", "Published", "Done"]
            links = {each["url"] for each in told if each.get("url")}
            assert (f"/deliveries/events/{asked}" in links) is read
            latest = with_events(session, [entry], [subject], newest_first=True)
            assert [each["at"] for each in latest] == sorted((each["at"] for each in told), reverse=True)

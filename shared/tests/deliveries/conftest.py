"""Two small services, one of which has the pages too: events of the publisher arrive, fail and are refused in it."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from shared.database.tables import AuditRow, InboxRow
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, work_off
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, sign_in
from shared.web import create_app

PUBLISHER_URL = "http://127.0.0.1:8101"


@pytest.fixture
def app(reader: Runtime) -> Flask:
    return create_app(reader, pages=[], apis=[], navigation=[], package="shared")


@pytest.fixture
def signed_in(app: Flask, reader: Runtime) -> Callable[..., FlaskClient]:
    """Gives a browser in which somebody with this role is signed in, for all bodies and in English unless said
    otherwise."""

    def open_browser(role: str = "manager", language: str = "en", body: str = "*") -> FlaskClient:
        name = role if body == "*" else f"{role}-{body}"
        add_staff(reader, name, Grant(role, body), language=language)
        client = app.test_client()
        sign_in(client, name)
        return client

    return open_browser


@pytest.fixture
def manager(signed_in: Callable[..., FlaskClient]) -> FlaskClient:
    return signed_in()


@pytest.fixture
def arrive(reader: Runtime) -> Callable[..., Envelope]:
    """Hands the reader an event: a thing got this name."""

    def one(name: str = "lamp", thing: UUID | None = None, version: int | None = None) -> Envelope:
        thing = thing or new_id()
        data = {"thing_id": str(thing), "name": name}
        made = event("publisher", "thing.named", thing, data, runtime=reader, version=version)
        hand_over(reader, made)
        return made

    return one


@pytest.fixture
def fail_for_good(reader: Runtime, clock: SettableClock) -> Callable[[], None]:
    """Lets what fails fail until it needs attention."""

    def fail() -> None:
        retried = select(InboxRow.id).where(InboxRow.status == "waiting", InboxRow.attempts > 0)
        for _ in range(50):
            clock.advance(minutes=10)
            work_off(reader)
            with reader.reading() as session:
                if session.scalars(retried).first() is None:
                    return
        raise AssertionError("something is still retried")

    return fail


@pytest.fixture
def stored(reader: Runtime) -> Callable[[UUID], InboxRow]:
    """The inbox row of an event."""

    def find(event_id: UUID) -> InboxRow:
        with reader.reading() as session:
            return session.scalars(select(InboxRow).where(InboxRow.event_id == event_id)).one()

    return find


@pytest.fixture
def audited(reader: Runtime) -> Callable[[], Sequence[AuditRow]]:
    """What was noted about deliveries, the oldest first."""

    def rows() -> Sequence[AuditRow]:
        about = (
            AuditRow.subject.like("event/%") | AuditRow.subject.like("refusal/%") | AuditRow.action.like("snapshot%")
        )
        with reader.reading() as session:
            return session.scalars(select(AuditRow).where(about).order_by(AuditRow.id)).all()

    return rows

"""Handing events to a service in a test the way the bus would: through intake and processor, without a broker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.database.tables import InboxRow, OutboxRow
from shared.events.envelope import CONTENT_TYPE, Envelope, parse
from shared.identifiers import new_id
from shared.inbox.answers import Page, write_page
from shared.inbox.intake import ANY_SOURCE, take_in
from shared.inbox.processor import Processor
from shared.runtime import Runtime


@dataclass(frozen=True)
class HandMadeMessage:
    """A message as a bus would hand it over."""

    queue: str
    body: bytes
    content_type: str | None = CONTENT_TYPE
    headers: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    type: str | None = None


def recorded(runtime: Runtime, name: str | None = None) -> list[Envelope]:
    """The events in the outbox whose bodies are kept, oldest first; only ``<noun>.<verb>`` when a name is given."""
    with runtime.reading() as session:
        kept = select(OutboxRow.body).where(OutboxRow.body.is_not(None)).order_by(OutboxRow.id)
        bodies = [body or "" for body in session.scalars(kept)]
    events = [parse(body.encode(), CONTENT_TYPE, {}) for body in bodies]
    wanted = f".{runtime.service.name}.{name}.v"
    return [event for event in events if name is None or wanted in event.type]


def hand_over(runtime: Runtime, *events: Envelope) -> None:
    """Give events to the service and let it work off all that is due."""
    sources = {runtime.service.queue(reactions): reactions for reactions in runtime.service.reactions}
    messages = []
    for event in events:
        for queue, reactions in sources.items():
            contact = event.source == "/services/membership" and event.subject.startswith("contact/")
            if reactions.source == event.source and contact == reactions.exchange.endswith(".contacts"):
                messages.append(HandMadeMessage(queue, event.to_json().encode()))
    with runtime.database.writing() as session:
        take_in(
            session,
            messages,
            sources={queue: reactions.source for queue, reactions in sources.items()},
            now=runtime.clock(),
        )
    work_off(runtime)


def request(runtime: Runtime, asker: str, name: str = "snapshot.requested", **data: Any) -> InboxRow:
    """Hand a request of another service over and work it off, as far as one is answered at once; its inbox row."""
    request_id = new_id()
    made = Envelope(
        id=request_id,
        source=f"/services/{asker}",
        type=f"org.yizhan.{asker}.{name}.v1",
        subject=f"snapshot-request/{request_id}",
        subjectversion=1,
        time=runtime.clock(),
        data=data,
        correlationid=str(new_id()),
    )
    queue = f"{runtime.service.name}.requests"
    with runtime.database.writing() as session:
        message = HandMadeMessage(queue, made.to_json().encode())
        take_in(session, [message], sources={queue: ANY_SOURCE}, now=runtime.clock())
    work_off(runtime)
    with runtime.reading() as session:
        return session.scalars(select(InboxRow).where(InboxRow.event_id == request_id)).one()


def write_pages(runtime: Runtime) -> int:
    """Write what was asked for as far as it may be written now; how many pages."""
    pages = 0
    while write_page(runtime) is Page.WRITTEN:
        pages += 1
    return pages


def work_off(runtime: Runtime, rounds: int = 1000) -> None:
    """Process until nothing is due any more."""
    processor = Processor(runtime)
    for _ in range(rounds):
        if not processor.run_once().found:
            return
    raise AssertionError("the inbox never came to rest")


def event(
    publisher: str,
    name: str,
    subject_id: UUID,
    data: Mapping[str, Any],
    *,
    runtime: Runtime,
    version: int | None = None,
    major: int = 1,
    event_id: UUID | None = None,
) -> Envelope:
    """A foreign event about ``<noun>/<subject_id>``; its version follows what the service has seen, unless given."""
    noun = name.partition(".")[0]
    subject = f"{noun}/{subject_id}"
    if version is None:
        with runtime.reading() as session:
            seen = session.scalars(select(InboxRow.subjectversion).where(InboxRow.subject == subject)).all()
        version = max(seen, default=0) + 1
    return Envelope(
        id=event_id or new_id(),
        source=f"/services/{publisher}",
        type=f"org.yizhan.{publisher}.{name}.v{major}",
        subject=subject,
        subjectversion=version,
        time=runtime.clock(),
        data=data,
        correlationid=str(new_id()),
    )


def receive(
    runtime: Runtime, publisher: str, name: str, subject_id: UUID, data: Mapping[str, Any], **more: Any
) -> Envelope:
    """Make a foreign event, hand it over, and fail when its handler failed."""
    made = event(publisher, name, subject_id, data, runtime=runtime, **more)
    hand_over(runtime, made)
    with runtime.reading() as session:
        row = session.scalars(select(InboxRow).where(InboxRow.event_id == made.id)).one()
    if row.error:
        raise AssertionError(f"{name} was not handled: {row.error}")
    return made

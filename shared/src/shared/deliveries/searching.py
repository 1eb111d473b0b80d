"""What deliveries are searched by: the same filters for the page and the command line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage
from shared.deliveries.kinds import Kind
from shared.service import Service

NO_QUEUE = "no-queue"
_BEGINNING = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,27}")


@dataclass(frozen=True)
class Search:
    """``publisher`` is a service's name, ``subject`` ``<noun>/<uuid>``, ``reason`` why a row is unrouted or refused.

    ``error`` is the digest of a failure (see :mod:`shared.deliveries.failures`). ``words`` is what somebody typed: the
    number of an event (eight digits of its beginning are enough), of a subject or of a request, else words of the
    type or of the error. ``narrow`` finds nothing by a request or the words of an error: what belongs to one request
    tells what was made of an event, and errors may be about people.
    """

    publisher: str | None = None
    type: str | None = None
    subject: str | None = None
    correlation: str | None = None
    reason: str | None = None
    error: str | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    narrow: bool = field(default=False, compare=False)

    @property
    def empty(self) -> bool:
        return self == Search()

    @property
    def exact(self) -> bool:
        """Whether an index leads straight to what is searched for."""
        return bool(self.subject or self.correlation or (self.words and as_uuid(self.words)))


class Finder:
    """Turns a search into conditions on the rows of one service's database."""

    def __init__(self, session: Session, service: Service, search: Search) -> None:
        self.session = session
        self.service = service
        self.search = search

    def conditions(self, kind: Kind) -> list[ColumnElement[bool]]:
        """What the rows of this kind have to fulfil, besides being of this kind."""
        search, model = self.search, kind.model
        found: list[ColumnElement[bool]] = []
        if search.since:
            found.append(kind.happened >= search.since)
        if search.until:
            found.append(kind.happened < search.until)
        if search.type:
            found.append(model.type == search.type)
        if search.publisher:
            found.append(self._from(model, search.publisher))
        if search.subject:
            found.append(model.subject == search.subject if model is not RefusedMessage else false())
        if search.correlation:
            known = model is not RefusedMessage and not search.narrow
            found.append(model.correlation_id == search.correlation if known else false())
        if search.reason:
            found.append(_because(model, search.reason))
        if search.words:
            found.append(self._words(model, search.words.strip()))
        return found

    def _from(self, model: Any, publisher: str) -> ColumnElement[bool]:
        if model is InboxRow:
            return InboxRow.source == f"/services/{publisher}"
        if model is RefusedMessage:
            return RefusedMessage.queue.in_(
                [self.service.queue(each) for each in self.service.reactions if each.publisher == publisher]
            )
        return false() if publisher != self.service.name else OutboxRow.id.is_not(None)

    def _words(self, model: Any, words: str) -> ColumnElement[bool]:
        number = as_uuid(words)
        if model is RefusedMessage:
            texts: tuple[Any, ...] = (
                RefusedMessage.message_id,
                RefusedMessage.type,
                RefusedMessage.reason,
                RefusedMessage.detail,
            )
            return or_(*(text.icontains(words, autoescape=True) for text in texts))
        if number is not None:
            subjects = [f"{noun}/{number}" for noun in nouns(self.service)]
            return or_(
                self._numbered(model, number, number), model.subject.in_(subjects), self._request(model, str(number))
            )
        if "/" in words and as_uuid(words.partition("/")[2]):
            return condition(model.subject == words)
        if _BEGINNING.fullmatch(words.lower()):
            digits = words.lower().replace("-", "")
            first, last = (UUID(digits.ljust(32, filler)[:32]) for filler in "0f")
            return self._numbered(model, first, last)
        texts = (model.type, InboxRow.error) if model is InboxRow and not self.search.narrow else (model.type,)
        return or_(
            self._request(model, words),
            *(text.icontains(words, autoescape=True) for text in texts),
        )

    def _request(self, model: Any, number: str) -> ColumnElement[bool]:
        return false() if self.search.narrow else model.correlation_id == number

    def _numbered(self, model: Any, first: UUID, last: UUID) -> ColumnElement[bool]:
        """Event ids from one to another; the inbox's index on them begins with the source."""
        between = model.event_id.between(first, last) if first != last else model.event_id == first
        if model is InboxRow:
            return and_(InboxRow.source.in_(sources(self.session)), between)
        return condition(between)


def condition(expression: Any) -> ColumnElement[bool]:
    """The expression as a condition, for the type checker: a model chosen at run time has untyped columns."""
    typed: ColumnElement[bool] = expression
    return typed


def _because(model: Any, reason: str) -> ColumnElement[bool]:
    if model is RefusedMessage:
        return RefusedMessage.reason == reason
    if model is OutboxRow:
        # Rows of a release that did not write the reason down were returned by the broker: no queue took them.
        unwritten = OutboxRow.unrouted_because.is_(None) if reason == NO_QUEUE else false()
        return or_(OutboxRow.unrouted_because == reason, unwritten)
    return false()


def as_uuid(text: str) -> UUID | None:
    """The UUID that somebody wrote, or None."""
    try:
        return UUID(text.strip()) if len(text.strip()) >= 32 else None
    except ValueError:
        return None


def nouns(service: Service) -> list[str]:
    """What the events that this service publishes or reads are about."""
    own = (event_type.subject for event_type in service.registry)
    read = (reaction.name.partition(".")[0] for reactions in service.reactions for reaction in reactions)
    return sorted({*own, *read, "snapshot-request"})


def sources(session: Session) -> Sequence[str]:
    """Whose events are in the inbox, in one index look-up each, however many there are."""
    return list(_each_source(session))


def _each_source(session: Session) -> Iterator[str]:
    last = ""
    while True:
        found = session.scalars(
            select(InboxRow.source).where(InboxRow.source > last).order_by(InboxRow.source).limit(1)
        ).first()
        if found is None:
            return
        yield found
        last = found

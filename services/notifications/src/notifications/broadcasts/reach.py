"""Who of an audience is written to, where, and who is left out and why. Nothing is written down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.preferences.queries import switched_off_by_all
from notifications.preferences.rules import wanted_channels, wants
from notifications.sending.allow_list import AllowList
from notifications.suppressions.models import Suppression

CHUNK = 500
_CONTACT = (Contact.person_id, Contact.name, Contact.language, Contact.phone, Contact.email, Contact.guardians,
            Contact.sample)  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """One person as a broadcast finds them. `addresses` by channel is empty where there is a reason to leave them out.

    A child stands as its guardians: `about_id` is the child then, else the person.
    """

    person_id: UUID
    about_id: UUID
    name: str
    language: str
    addresses: dict[str, str]
    left_out: str | None
    about_name: str | None = None


class Reach:
    """Looks people up in chunks. Nobody comes twice, also not a guardian of several children."""

    def __init__(self, session: Session, channels: Sequence[str], category: str, allow_list: AllowList) -> None:
        self._session = session
        self._channels = tuple(channels)
        self._category = category
        self._allow_list = allow_list
        self._seen: set[UUID] = set()

    def of(self, people: Iterable[UUID]) -> Iterator[Reached]:
        """Everybody once, in the order given; guardians in the place of their child."""
        remaining = iter(people)
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._of_chunk(chunk)

    def _of_chunk(self, people: Sequence[UUID]) -> Iterator[Reached]:
        contacts = self._contacts(people)
        guardians = {UUID(one) for row in contacts.values() for one in row.guardians or ()}
        contacts |= self._contacts(list(guardians - set(contacts)))
        unwanted = switched_off_by_all(self._session, list(contacts))
        left_alone = self._left_alone(contacts.values())
        for person in people:
            for recipient, about in _written_to(person, contacts.get(person)):
                if recipient in self._seen:
                    continue
                self._seen.add(recipient)
                yield self._decide(recipient, about, contacts, unwanted.get(recipient, set()), left_alone)

    def _contacts(self, people: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        if not people:
            return {}
        rows = self._session.execute(select(*_CONTACT).where(Contact.person_id.in_(people)))
        return {row.person_id: row for row in rows}

    def _left_alone(self, contacts: Iterable[Row[Any]]) -> set[tuple[str, str]]:
        addresses = [pair for row in contacts for pair in (("sms", row.phone), ("email", row.email)) if pair[1]]
        if not addresses:
            return set()
        found = select(Suppression.channel, Suppression.address).where(
            tuple_(Suppression.channel, Suppression.address).in_(addresses), Suppression.lifted_at.is_(None)
        )
        return {(row.channel, row.address) for row in self._session.execute(found)}

    def _decide(
        self,
        person: UUID,
        about: UUID,
        contacts: dict[UUID, Row[Any]],
        unwanted: set[str],
        left_alone: set[tuple[str, str]],
    ) -> Reached:
        row = contacts.get(person)
        if row is None:
            return Reached(person, about, "", "zh-Hans", {}, "no-contact")
        addresses, reason = self._addresses(row, unwanted, left_alone)
        about_name = contacts[about].name if about != person else None
        return Reached(person, about, row.name, row.language, addresses, None if addresses else reason, about_name)

    def _addresses(
        self, row: Row[Any], unwanted: set[str], left_alone: set[tuple[str, str]]
    ) -> tuple[dict[str, str], str]:
        """Where they are written to, and why nowhere."""
        if not wants(self._category, unwanted):
            return {}, "opted-out"
        reachable, reason = {}, "no-address"
        for channel in self._channels:
            address = row.phone if channel == "sms" else row.email
            if not address:
                continue
            if (channel, address) in left_alone:
                reason = "address-suppressed"
            elif not self._allow_list.allows(address, sample=row.sample):
                reason = "not-on-allow-list"
            else:
                reachable[channel] = address
        wanted = wanted_channels(self._category, list(reachable), unwanted)
        if reachable and not wanted:
            reason = "channel-off"
        return {channel: reachable[channel] for channel in wanted}, reason


def _written_to(person: UUID, row: Row[Any] | None) -> list[tuple[UUID, UUID]]:
    """Who is written to for a person, and about whom: the guardians of a child, else the person."""
    if row is not None and row.guardians:
        return [(UUID(guardian), person) for guardian in row.guardians]
    return [(person, person)]

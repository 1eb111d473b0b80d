"""Notices, messages and timeline lines of one chunk of recipients, before they are written in one go."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Table, select

from notifications.contacts.models import Contact
from notifications.digests.collecting import COLLECTED, Digests
from notifications.messages.models import Message, MessageStep, Notice
from notifications.messages.queueing import number
from notifications.messages.rules import message_id, notice_id
from notifications.messages.superseding import supersede
from notifications.preferences.queries import switched_off_by_all
from notifications.preferences.rules import wanted_channels, wants
from notifications.published import CONTACT_UNREACHABLE
from notifications.reminders.rules import is_reminder
from notifications.suppressions.models import Suppression
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import find_template
from shared.database import UnitOfWork, among, dialect_of, insert_rows
from shared.database.leases import database_now
from shared.identifiers import new_id

_CONTACT = (Contact.person_id, Contact.language, Contact.phone, Contact.email, Contact.guardians)
_NOTICES, _MESSAGES, _STEPS = (cast(Table, each.__table__) for each in (Notice, Message, MessageStep))
_database_now = cache(database_now)


class Drafts:
    """Collects and writes. What it looked up is kept for one chunk, templates for all of them."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._notices: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []
        self._queued: list[tuple[str, dict[str, Any]]] = []
        self._collected: list[dict[str, Any]] = []
        self._digests = Digests(work)
        self._steps: list[dict[str, Any]] = []
        self._contacts: dict[UUID, Row[Any]] = {}
        self._left_alone: set[tuple[str, str]] = set()
        self._switched_off: dict[UUID, set[str]] = {}
        self._templates: dict[tuple[str, str, str], TemplateVersion | None] = {}

    def known(self, keys: Sequence[UUID]) -> set[UUID]:
        """Which of these notices were made before."""
        return set(
            self._work.session.scalars(
                select(Notice.notice_key).where(among(self._work.session, Notice.notice_key, keys))
            )
        )

    def look_up(self, people: Sequence[UUID]) -> None:
        """Find the contacts of these people and of their guardians, which addresses are left alone, and what
        they switched off."""
        self._contacts = {}
        self._find(people)
        guardians = {UUID(one) for row in self._contacts.values() for one in row.guardians or ()}
        self._find(list(guardians - set(self._contacts)))
        self._switched_off = switched_off_by_all(self._work.session, list(self._contacts))
        self._left_alone = set()
        for channel, column in (("sms", "phone"), ("email", "email")):
            addresses = {getattr(row, column) for row in self._contacts.values()} - {None, ""}
            if addresses:
                found = select(Suppression.address).where(
                    Suppression.channel == channel,
                    among(self._work.session, Suppression.address, addresses),
                    Suppression.lifted_at.is_(None),
                )
                self._left_alone |= {(channel, address) for address in self._work.session.scalars(found)}

    def _find(self, people: Sequence[UUID]) -> None:
        if people:
            session = self._work.session
            rows = session.execute(select(*_CONTACT).where(among(session, Contact.person_id, people)))
            self._contacts |= {row.person_id: row for row in rows}

    def add(self, common: Mapping[str, Any], key: UUID, person: UUID, *, about: UUID) -> dict[str, Any]:
        """A notice that nothing is decided of yet."""
        notice = {
            "passes_because": None,
            "needed_by": None,
            "audience": None,
            **common,
            "window_id": None,
            "id": new_id(),
            "notice_key": key,
            "person_id": person,
            "about_id": about,
            "state": "waiting",
            "reason": None,
            "accepted": 0,
            "created_at": self._work.now,
            "contents_dropped_at": None,
        }
        self._notices.append(notice)
        return notice

    def step(self, notice: Mapping[str, Any], kind: str, message: UUID | None = None, **facts: Any) -> None:
        self._steps.append(
            {"notice_id": notice["id"], "message_id": message, "at": self._work.now, "kind": kind, "facts": facts}
        )

    def suppress(self, notice: dict[str, Any], reason: str) -> None:
        notice["state"], notice["reason"] = "suppressed", reason
        self.step(notice, "suppressed", reason=reason)

    def resolve(self, notice: dict[str, Any]) -> None:
        """Make the messages of a notice, or leave it waiting while nothing is known of the person's contact."""
        contact = self._contacts.get(notice["person_id"])
        if contact is None:
            notice["state"] = "waiting"
            self.step(notice, "waiting-for-contact")
        elif contact.guardians and notice["about_id"] == notice["person_id"]:
            self._pass_on(notice, [UUID(guardian) for guardian in contact.guardians])
        elif notice["window_id"] is None and self._digests.minutes_of(notice["rule_key"]):
            notice["state"], notice["reason"] = "waiting", COLLECTED
            self._collected.append(notice)
        else:
            self._make_messages(notice, contact)

    def _pass_on(self, notice: dict[str, Any], guardians: Sequence[UUID]) -> None:
        """A child is not written to: each guardian gets a notice of their own."""
        notice["state"], notice["reason"] = "passed-on", "guardians"
        self.step(notice, "passed-on", guardians=[str(guardian) for guardian in guardians])
        about = notice["about_id"]
        keys = {notice_id(notice["event_id"], notice["rule_key"], one, str(about)): one for one in guardians}
        for key in self.known(list(keys)):
            del keys[key]
        for key, guardian in keys.items():
            own = self.add(notice, key, guardian, about=about)
            self.step(own, "noticed", event=own["event_type"], rule=own["rule_key"], as_guardian=True)
            self.resolve(own)

    def _make_messages(self, notice: dict[str, Any], contact: Row[Any]) -> None:
        unwanted = self._switched_off.get(notice["person_id"], set())
        if not wants(notice["category"], unwanted):
            self.suppress(notice, "opted-out")
            return
        reachable, reason = self._reachable(notice, contact)
        wanted = wanted_channels(notice["category"], list(reachable), unwanted)
        for channel, address in reachable.items():
            if channel in wanted:
                self._queue(notice, channel, address, contact.language)
            else:
                reason = "channel-off"
                self.step(notice, "channel-off", channel=channel)
        if notice["accepted"]:
            notice["state"], notice["reason"] = "queued", None
            return
        self.suppress(notice, reason)
        if reason == "no-address":
            person = notice["person_id"]
            self._work.record(CONTACT_UNREACHABLE, person, {"person_id": person, "reason": reason})

    def _reachable(self, notice: dict[str, Any], contact: Row[Any]) -> tuple[dict[str, str], str]:
        """The address by channel that the person may be written to at, and why there is no other one."""
        reachable, reason = {}, "no-address"
        for channel in notice["channels"]:
            address = contact.phone if channel == "sms" else contact.email
            if not address:
                self.step(notice, "no-address", channel=channel)
            elif (channel, address) in self._left_alone:
                reason = "address-suppressed"
                self.step(notice, "address-suppressed", channel=channel)
            else:
                reachable[channel] = address
        return reachable, reason

    def _queue(self, notice: dict[str, Any], channel: str, address: str, language: str) -> None:
        template = self._template(notice["template_key"], channel, language)
        if template is None:
            self.step(notice, "no-template", channel=channel, template=notice["template_key"])
            return
        person, about = notice["person_id"], notice["about_id"]
        occurrence = "" if about == person else str(about)
        if is_reminder(notice["event_type"]):  # several of one event may say the same
            occurrence += f"|{notice['rule_key']}"
        message = {
            "id": new_id(),
            "message_id": message_id(notice["event_id"], person, channel, notice["template_key"], occurrence),
            "notice_id": notice["id"],
            "event_type": notice["event_type"],
            "subject": notice["subject"],
            "person_id": person,
            "channel": channel,
            "language": template.language,
            "template_id": template.id,
            "body": notice["body"],
            "address": address,
            "lane": notice["lane"],
            "state": "pending",
            "attempt": 0,
            "tries": 0,
            "on_wire": False,
            "maybe_duplicate": False,
            "expires_at": notice["expires_at"],
            "created_at": self._work.now,
        }
        self._messages.append(message)
        self._queued.append((notice["correlation_id"], message))
        notice["accepted"] += 1
        self.step(
            notice, "queued", message["id"], channel=channel, language=template.language,
            template=template.key, template_version=template.version,
        )  # fmt: skip
        if template.language != language:
            self.step(notice, "other-language", message["id"], channel=channel, language=template.language)

    def _template(self, key: str, channel: str, language: str) -> TemplateVersion | None:
        wanted = (key, channel, language)
        if wanted not in self._templates:
            self._templates[wanted] = find_template(self._work.session, key, channel, language)
        return self._templates[wanted]

    def write(self) -> None:
        """Write all of it, after what it replaces was ended."""
        session = self._work.session
        for notice in self._digests.collect(self._collected):
            self.step(notice, "collected", minutes=self._digests.minutes_of(notice["rule_key"]))
        if self._messages:
            news = [message for message in self._messages if not is_reminder(message["event_type"])]
            if news:
                supersede(self._work, news)
            number(self._work, self._queued)
        insert_rows(session, _NOTICES, self._notices)
        insert_rows(session, _MESSAGES, self._messages, due_at=_database_now(dialect_of(session)))
        insert_rows(session, _STEPS, self._steps)
        self._notices, self._messages, self._queued, self._steps, self._collected = [], [], [], [], []

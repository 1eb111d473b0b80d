"""Pages: finding a person, what they chose, and what became of the events that concern them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifications.asking.queries import Answer, Asking
from notifications.asking.rules import Said
from notifications.audiences.queries import people_named
from notifications.contacts.models import Contact
from notifications.messages import words
from notifications.messages.masking import masked_address
from notifications.messages.pages import uuid_or_none, word
from notifications.messages.queries import find_people
from notifications.messages.rules import CHANNELS
from notifications.preferences.queries import choices_of
from notifications.replies.queries import replies_from
from notifications.rules.conditions import Condition
from notifications.rules.forms import shown_value
from notifications.short_links.queries import last_revocation
from shared.principal import ALL_BODIES
from shared.refusal import NotFound
from shared.web import principal, reading, requires, runtime
from shared.web.wording import facts_in_words

blueprint = Blueprint("asking_pages", __name__, url_prefix="/people", template_folder="templates")
USUAL_SPAN = timedelta(days=7)
LONGEST_SPAN = timedelta(days=92)


@blueprint.get("/")
@requires("viewer")
def find_person() -> ResponseReturnValue:
    """Whom to ask about."""
    asked = request.args.get("q", "").strip()
    with reading() as session:
        found = _people(session, asked) if asked else []
        return render_template("asking/find.html", people=found, asked=asked)


def _people(session: Session, asked: str) -> Sequence[Contact]:
    ids = set(find_people(session, asked)) | {one for _, named in people_named(session, [asked]) for one in named}
    known = uuid_or_none(asked)
    return session.scalars(
        select(Contact).where(or_(Contact.person_id.in_(ids), Contact.person_id == known)).order_by(Contact.name)
    ).all()


@blueprint.app_template_global()
def shown_contact(contact: Contact, channel: str) -> str | None:
    """An address of somebody, masked but for officers of all bodies; None where there is none."""
    address = contact.address(channel)
    if not address:
        return None
    return address if principal().allows("officer", ALL_BODIES) else masked_address(address)


@blueprint.get("/<uuid:person_id>")
@requires("viewer")
def show_person(person_id: UUID) -> ResponseReturnValue:
    """What somebody chose, and the answer to what is asked about them."""
    event_id = uuid_or_none(request.args.get("event", "").strip())
    unreadable = bool(request.args.get("event", "").strip()) and event_id is None
    since, until = _span()
    with reading() as session:
        contact = session.get(Contact, person_id)
        if contact is None:
            raise NotFound("person")
        asking = Asking(runtime(), session, principal(), person_id)
        answers: list[Answer] = []
        if event_id is not None:
            answers = asking.of_event(event_id)
        elif not unreadable and "since" in request.args:
            answers = asking.of_span(*_moments(since, until))
        return render_template(
            "asking/person.html",
            contact=contact,
            channels=CHANNELS,
            choices=choices_of(session, person_id),
            replies=replies_from(session, contact.phone),
            ended=last_revocation(session, person_id),
            asked=bool(request.args),
            unreadable=unreadable,
            since=since,
            until=until,
            answers=answers,
        )


def _span() -> tuple[date, date]:
    """The days of the address, else the last week; no longer than a quarter."""
    today = runtime().clock().astimezone(runtime().settings.time_zone).date()
    until = _day(request.args.get("until")) or today
    since = _day(request.args.get("since")) or until - USUAL_SPAN
    since = min(since, until)
    return max(since, until - LONGEST_SPAN), until


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if date(2000, 1, 1) < found < date(3000, 1, 1) else None


def _moments(since: date, until: date) -> tuple[datetime, datetime]:
    zone = runtime().settings.time_zone
    return datetime.combine(since, time(), zone), datetime.combine(until + timedelta(days=1), time(), zone)


_WORDS = {"rule": "TEMPLATES", "state": "STATES", "channel": "CHANNELS", "audience": "AUDIENCES"}


@blueprint.app_template_global()
def sentence(said: Said) -> str:
    """A sentence of an answer in the reader's language."""
    facts: dict[str, Any] = {name: word(_WORDS[name], value) for name, value in said.facts.items() if name in _WORDS}
    facts = {**said.facts, **facts}
    if "conditions" in facts:
        facts["conditions"] = gettext("; ").join(_condition(one) for one in facts["conditions"])
    spoken = facts_in_words(said.text, facts)
    reason = word("REASONS", said.facts.get("reason")) if said.notice_id or said.message_id else ""
    return f"{spoken} {reason}".strip()


def _condition(one: Condition) -> str:
    return f"{word('FIELDS', one.field)} {word('COMPARISONS', one.comparison)} {shown_value(one)}".strip()


@blueprint.app_template_global()
def tone_of(said: Said) -> str:
    return words.TONES.get(said.tone, said.tone) if said.message_id else said.tone


@blueprint.app_template_global()
def topic_word(topic: str) -> str:
    """What somebody switched off."""
    for table in (words.CHANNELS, words.CATEGORIES, words.TOPICS):
        if topic in table:
            known: str = gettext(table[topic])
            return known
    return topic

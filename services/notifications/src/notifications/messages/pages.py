"""Pages: messages with the timeline that says why."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages import words
from notifications.messages.commands import cancel_message, retry_message
from notifications.messages.content import Content, render
from notifications.messages.invitations import method_of
from notifications.messages.masking import masked_address
from notifications.messages.models import Message, MessageStep, Notice
from notifications.messages.queries import (
    find_people,
    get_message,
    name_order,
    select_messages,
    timeline,
)
from notifications.messages.rules import CHANNELS, STATES
from notifications.sending.settings import SendingSettings
from notifications.wording.catalogue import OWN_TEXT
from notifications.wording.rendering import MalformedTemplate, MissingValues
from shared.web import (
    Column,
    Orders,
    exported,
    paginate,
    principal,
    reading,
    requires,
    runtime,
    unit_of_work,
    with_events,
)
from shared.web.wording import facts_in_words

blueprint = Blueprint("messages_pages", __name__, template_folder="templates")
ORDERS = Orders(recipient=name_order(Message.person_id), made=Message.created_at)


@blueprint.app_template_global()
def word(kind: str, value: str | None) -> str:
    """A state, channel, lane, event, reason, delivery in the reader's language."""
    if kind == "TEMPLATES" and value is not None and value.startswith(OWN_TEXT):
        return gettext("own text")
    table: dict[str, str] = getattr(words, kind)
    return gettext(table[value]) if value in table else (value or "")


@blueprint.app_template_global()
def tone(state: str) -> str:
    return words.TONES.get(state, "neutral")


@blueprint.app_template_global()
def shown_address(message: Message) -> str:
    """Masked, but for officers of the owning body."""
    if principal().allows("officer", message.body):
        return message.address
    return masked_address(message.address)


@blueprint.get("/messages")
@requires("viewer")
def list_messages() -> ResponseReturnValue:
    chosen = request.args
    with reading() as session:
        selected = select_messages(
            principal(),
            person_id=uuid_or_none(chosen.get("person")),
            state=chosen.get("state") if chosen.get("state") in STATES else None,
            channel=chosen.get("channel") if chosen.get("channel") in CHANNELS else None,
            event_type=chosen.get("event"),
        )
        if chosen.get("q"):
            selected = selected.where(Message.person_id.in_(find_people(session, chosen["q"].strip())))
        shown = render_template(
            "messages/list.html",
            page=paginate(session, selected, orders=ORDERS),
            states=[(state, gettext(words.STATES[state])) for state in STATES],
            channels=[(channel, gettext(words.CHANNELS[channel])) for channel in CHANNELS],
            events=[(name, gettext(text)) for name, text in words.EVENTS.items()],
        )
    return exported("messages", selected, _columns, orders=ORDERS) or shown


def _columns(_session: Session, _rows: Sequence[Message]) -> list[Column]:
    """As the list shows them: the address is masked for who sees it masked there."""
    return [
        Column(gettext("Recipient"), lambda one: one.contact.name if one.contact else None),
        Column(gettext("Address"), shown_address),
        Column(gettext("About"), lambda one: word("EVENTS", one.event_type)),
        Column(gettext("Channel"), lambda one: word("CHANNELS", one.channel)),
        Column(gettext("State"), lambda one: word("STATES", one.state)),
        Column(gettext("Time"), lambda one: one.created_at),
    ]


@blueprint.get("/messages/<uuid:message_id>")
@requires("viewer")
def show_message(message_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        message = get_message(session, message_id, principal())
        return render_template(
            "messages/show.html",
            message=message,
            about=about_whom(session, message.notice),
            content=_content(session, message),
            entry=method_of(message.event_type, message.notice.facts) if message.channel == "email" else None,
            steps=with_events(
                session,
                timeline_entries(session, message.notice_id, message.id),
                [f"message/{message.id}"],
                led_by=[message.notice.event_id],
            ),
        )


def about_whom(session: Session, notice: Notice) -> Contact | None:
    if notice.about_id == notice.person_id:
        return None
    return session.get(Contact, notice.about_id)


def _content(session: Session, message: Message) -> Content | None:
    """What the message says; None when that cannot be rendered any more."""
    settings = SendingSettings.of(runtime().settings)
    if message.contact is None or message.notice.contents_dropped_at is not None:
        return None
    try:
        return render(
            message,
            message.contact,
            about_whom(session, message.notice),
            signature=settings.sms_signature,
            zone=runtime().settings.time_zone,
            public_url=settings.public_url,
        )
    except (MissingValues, MalformedTemplate):
        return None


def timeline_entries(session: Session, notice_id: UUID, message_id: UUID | None = None) -> list[dict[str, Any]]:
    entries = []
    for step in timeline(session, notice_id, message_id):
        text, shade = words.step_text(step)
        facts = {
            **step.facts,
            "channel": word("CHANNELS", step.facts.get("channel")),
            "language": word("LANGUAGES", step.facts.get("language")),
            "rule": word("TEMPLATES", step.facts.get("rule")),
            "template": word("TEMPLATES", step.facts.get("template")),
        }
        reason = step.facts.get("reason") or step.facts.get("state")
        detail = word("DELIVERIES" if step.kind == "receipt" else "REASONS", reason) if reason else ""
        entries.append(
            {
                "at": step.at,
                "what": facts_in_words(text, facts),
                "who": step.facts.get("who"),
                "detail": " ".join(part for part in (detail, step.facts.get("because"), _perhaps(step)) if part),
                "tone": shade,
            }
        )
    return entries


def _perhaps(step: MessageStep) -> str:
    return gettext("It may have arrived all the same.") if step.facts.get("maybe_sent") else ""


@blueprint.post("/messages/<uuid:message_id>/retry")
@requires("officer")
def retry(message_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        retry_message(work, message_id)
    flash(gettext("The message is queued once more."), "success")
    return redirect(url_for(".show_message", message_id=message_id), 303)


@blueprint.post("/messages/<uuid:message_id>/cancel")
@requires("officer")
def cancel(message_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        cancel_message(work, message_id)
    flash(gettext("The message will not be sent."), "success")
    return redirect(url_for(".show_message", message_id=message_id), 303)


def uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

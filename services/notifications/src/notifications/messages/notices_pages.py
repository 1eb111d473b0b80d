"""Pages: what led to no message, and why."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages import words
from notifications.messages.models import Notice
from notifications.messages.pages import about_whom, timeline_entries, uuid_or_none, word
from notifications.messages.queries import get_notice, name_order, select_notices
from shared.web import Column, Orders, exported, paginate, principal, reading, requires, with_events

blueprint = Blueprint("notices_pages", __name__, template_folder="templates")
ORDERS = Orders(recipient=name_order(Notice.person_id), made=Notice.created_at)


@blueprint.get("/held-back")
@requires("viewer")
def list_notices() -> ResponseReturnValue:
    """Why did somebody get nothing: notices that made no message."""
    state = request.args.get("state")
    chosen = state if state in ("waiting", "suppressed", "expired") else None
    found = select_notices(principal(), state=chosen, person_id=uuid_or_none(request.args.get("person")))
    if answer := exported("held-back", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        names = _names(session, page.items)
        states = [(name, gettext(words.STATES[name])) for name in ("waiting", "suppressed", "expired")]
        return render_template("messages/held_back.html", page=page, names=names, states=states)


def _names(session: Session, notices: Sequence[Notice]) -> Mapping[UUID, str]:
    """What the recipients are called; who is not known yet is left out."""
    people = {notice.person_id for notice in notices}
    rows = session.execute(select(Contact.person_id, Contact.name).where(Contact.person_id.in_(people)))
    return {row.person_id: row.name for row in rows}


def _columns(session: Session, rows: Sequence[Notice]) -> list[Column]:
    names = _names(session, rows)
    return [
        Column(gettext("Recipient"), lambda one: names.get(one.person_id) or gettext("Not known yet")),
        Column(gettext("About"), lambda one: word("EVENTS", one.event_type)),
        Column(gettext("State"), lambda one: word("STATES", one.state)),
        Column(gettext("Reason"), lambda one: word("REASONS", one.reason)),
        Column(gettext("Time"), lambda one: one.created_at),
    ]


@blueprint.get("/held-back/<uuid:notice_id>")
@requires("viewer")
def show_notice(notice_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        notice = get_notice(session, notice_id, principal())
        return render_template(
            "messages/notice.html",
            notice=notice,
            contact=session.get(Contact, notice.person_id),
            about=about_whom(session, notice),
            steps=with_events(session, timeline_entries(session, notice.id), [], led_by=[notice.event_id]),
        )

"""Pages: what led to no message, and why."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from notifications.contacts.models import Contact
from notifications.messages import words
from notifications.messages.pages import about_whom, timeline_entries, uuid_or_none
from notifications.messages.queries import get_notice, select_notices
from shared.web import paginate, principal, reading, requires

blueprint = Blueprint("notices_pages", __name__, template_folder="templates")


@blueprint.get("/held-back")
@requires("viewer")
def list_notices() -> ResponseReturnValue:
    """Why did somebody get nothing: notices that made no message."""
    state = request.args.get("state")
    chosen = state if state in ("waiting", "suppressed", "expired") else None
    with reading() as session:
        page = paginate(
            session, select_notices(principal(), state=chosen, person_id=uuid_or_none(request.args.get("person")))
        )
        names = {
            person.person_id: person.name
            for notice in page.items
            if (person := session.get(Contact, notice.person_id)) is not None
        }
        states = [(name, gettext(words.STATES[name])) for name in ("waiting", "suppressed", "expired")]
        return render_template("messages/held_back.html", page=page, names=names, states=states)


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
            steps=timeline_entries(session, notice.id),
        )

"""Pages: a link to somebody's preferences, shown once or sent, and the end of all of them."""

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from notifications.contacts.models import Contact
from notifications.short_links.commands import end_links, make_link, send_link
from notifications.short_links.rules import address
from shared.refusal import Refused
from shared.web import reading, requires, runtime, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint(
    "short_links_pages", __name__, url_prefix="/people/<uuid:person_id>/link", template_folder="templates"
)


def _back(person_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("asking_pages.show_person", person_id=person_id), 303)


@blueprint.post("/make")
@requires("officer")
def make(person_id: UUID) -> ResponseReturnValue:
    """The link, this one time."""
    with unit_of_work() as work:
        token = make_link(work, person_id)
    with reading() as session:
        contact = session.get(Contact, person_id)
        url = address(runtime().settings.public_url, token)
        answer = make_response(render_template("short_links/made.html", contact=contact, url=url))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/send")
@requires("officer")
def send(person_id: UUID) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            message = send_link(work, person_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        flash(in_words(refused.reasons[0]), "warning")
        return _back(person_id)
    flash(gettext("The link is on its way by SMS."), "success")
    return redirect(url_for("messages_pages.show_message", message_id=message.id), 303)


@blueprint.post("/end")
@requires("officer")
def end(person_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        end_links(work, person_id)
    flash(gettext("Short links that were made until now lead nowhere any more."), "success")
    return _back(person_id)

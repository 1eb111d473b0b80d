"""Pages that recipients reach by a signed link: what they want to be written about, and how. No account, no name."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from notifications.contacts.models import Contact
from notifications.messages.masking import masked_address
from notifications.messages.rules import CHANNELS
from notifications.preferences.commands import choose, unsubscribe
from notifications.preferences.links import PreferenceLinks
from notifications.preferences.queries import choices_of
from notifications.preferences.rules import AFFAIRS, MANDATORY, OPTIONAL, OPTIONAL_BY_SMS
from notifications.short_links.queries import person_of
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import called_by_programs, fill_errors, public, reading, runtime, unit_of_work

blueprint = Blueprint("preferences_pages", __name__, url_prefix="/preferences", template_folder="templates")
short_blueprint = Blueprint("short_preferences_pages", __name__, url_prefix="/p", template_folder="templates")
_FIELDS = {OPTIONAL_BY_SMS: "optional_by_sms"}
"""The field of a topic, where it is not called like it."""
_MANDATORY = {AFFAIRS: N_("What you registered for, booked or asked for")}


TOPICS = (*CHANNELS, *OPTIONAL, OPTIONAL_BY_SMS)


class PreferencesForm(FlaskForm):  # type: ignore[misc]
    sms = BooleanField(_l("SMS"))
    email = BooleanField(_l("E-mail"))
    waiting = BooleanField(_l("Waiting lists"), description=_l("Your place on a waiting list, and when it ends."))
    membership = BooleanField(_l("Memberships"), description=_l("When a membership begins or ends."))
    announcements = BooleanField(_l("Announcements"), description=_l("What the centre tells many people at once."))

    optional_by_sms = BooleanField(
        _l("Also by SMS"), description=_l("Without it an SMS comes only about what you asked for yourself.")
    )

    def wanted(self) -> list[str]:
        return [topic for topic in TOPICS if self[_FIELDS.get(topic, topic)].data]


def _person(token: str) -> UUID:
    settings = runtime().settings
    person_id = PreferenceLinks(settings.public_url, settings.secret_key).read(token)
    if person_id is None:
        raise NotFound(N_("page"))
    return person_id


@blueprint.route("/<string:token>", methods=["GET", "POST"])
@public
def show(token: str) -> ResponseReturnValue:
    """What this recipient wants, and changing it."""
    return _shown(_person(token))


@short_blueprint.route("/<string:token>", methods=["GET", "POST"])
@public
def show_short(token: str) -> ResponseReturnValue:
    """The same by the short link of an SMS or of staff."""
    with reading() as session:
        person_id = person_of(session, token, runtime().settings.secret_key, runtime().clock())
    if person_id is None:
        raise NotFound(N_("page"))
    return _shown(person_id)


def _shown(person_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        chosen = {one.topic: one for one in choices_of(session, person_id)}
        contact = session.get(Contact, person_id)
        addresses = {channel: contact.address(channel) if contact is not None else None for channel in CHANNELS}
    form = PreferencesForm(data={_FIELDS.get(topic, topic): topic not in chosen for topic in TOPICS})
    for channel, address in addresses.items():
        form[channel].description = (
            gettext("To %(address)s", address=masked_address(address)) if address else gettext("No address is known.")
        )
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                choose(work, person_id, form.wanted())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Your choice is saved. It holds from now on."), "success")
            return redirect(request.path, 303)
    answered = chosen.get(OPTIONAL_BY_SMS)
    page = render_template(
        "preferences/show.html",
        form=form,
        channels=CHANNELS,
        optional=OPTIONAL,
        mandatory=[gettext(_MANDATORY[category]) for category in MANDATORY],
        answered_at=answered.since if answered is not None and answered.way == "reply" else None,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/<string:token>/off/<string:category>")
@public
def ask(token: str, category: str) -> ResponseReturnValue:
    """Somebody, or a program that looks at every link, opened it: nothing is switched off by looking."""
    _person(token)
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<string:token>/off/<string:category>")
@called_by_programs
def one_click(token: str, category: str) -> ResponseReturnValue:
    """A mail program unsubscribes for its user (RFC 8058, section 3.2): no cookies, no redirect."""
    person_id = _person(token)
    with unit_of_work() as work:
        unsubscribe(work, person_id, category)
    return gettext("You get no such messages any more."), 200, {"Content-Type": "text/plain; charset=utf-8"}

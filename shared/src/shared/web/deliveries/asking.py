"""Asking a publisher for the present state of a noun or of one subject."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as OptionalInput

from shared.deliveries.asking import Offer, ask, known_subjects, offers
from shared.deliveries.decisions import REASON_LENGTH
from shared.refusal import Refused
from shared.web.context import reading, runtime, unit_of_work
from shared.web.deliveries.blueprint import blueprint
from shared.web.forms import choices, fill_errors
from shared.web.guards import requires
from shared.web.wording import service_name


class AskForm(FlaskForm):  # type: ignore[misc]
    what = SelectField(_l("Whose, and what"), [InputRequired()])
    subject = StringField(
        _l("Only this one subject"),
        [OptionalInput(), Length(max=120)],
        description=_l("Its number as an event's page shows it. Leave it empty to ask for all of them."),
    )
    reason = TextAreaField(
        _l("Reason"),
        [OptionalInput(), Length(max=REASON_LENGTH)],
        description=_l("For whoever looks at it later. It is kept with your name."),
        render_kw={"rows": 2},
    )


@blueprint.route("/ask", methods=["GET", "POST"])
@requires("manager")
def ask_for_snapshots() -> ResponseReturnValue:
    """Ask once, and say what will happen."""
    service = runtime().service
    found = offers(service)
    form = AskForm(data={name: request.args.get(name) for name in ("what", "subject")})
    with reading() as session:
        known = {each: known_subjects(session, each) for each in found}
    form.what.choices = choices((f"{each.publisher}.{each.noun}", _label(each, known[each])) for each in found)
    if form.validate_on_submit():
        publisher, _, noun = form.what.data.partition(".")
        try:
            with unit_of_work() as work:
                ask(work, service, publisher, noun=noun, subject=form.subject.data, reason=form.reason.data or "")
        except Refused as refused:
            fill_errors(form, refused)
        else:
            name = service_name(publisher)
            told = gettext("%(publisher)s was asked. What it sends is listed here as it arrives.", publisher=name)
            flash(told, "success")
            return redirect(url_for(".show_request", correlation_id=work.correlation_id), 303)
    return render_template("kit/deliveries/ask.html", form=form), 422 if form.errors else 200


def _label(offer: Offer, known: int) -> str:
    name = f"{service_name(offer.publisher)} · {offer.noun}"
    if not known:
        return name
    return str(ngettext("%(name)s (%(num)s known here)", "%(name)s (%(num)s known here)", known, name=name))

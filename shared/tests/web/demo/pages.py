"""The demo's pages."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from shared.principal import BODIES
from shared.refusal import Refused
from shared.web import body_choices, fill_errors, paginate, public, reading, requires, unit_of_work
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from .things import add_thing, get_thing, things

blueprint = Blueprint("things_pages", __name__, url_prefix="/things", template_folder="templates")


class ThingForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Name"), [InputRequired(), Length(max=60)], description=_l("As it stands on the shelf."))
    body = SelectField(_l("Owner"))
    note = TextAreaField(_l("Note"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [InputRequired()])


@blueprint.get("/")
@requires("viewer")
def list_things() -> ResponseReturnValue:
    with reading() as session:
        page = paginate(session, things(request.args.get("body"), request.args.get("q")))
        return render_template("demo/list.html", page=page, bodies=BODIES)


@blueprint.get("/<uuid:thing_id>")
@requires("viewer")
def show_thing(thing_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        return render_template("demo/show.html", thing=get_thing(session, thing_id))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_thing() -> ResponseReturnValue:
    form = ThingForm()
    form.body.choices = body_choices()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                thing = add_thing(work, name=form.name.data, body=form.body.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(name)s can be lent from now on.", name=thing.name), "success")
            return redirect(url_for(".show_thing", thing_id=thing.id), 303)
    return render_template("demo/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:thing_id>/withdraw", methods=["GET", "POST"])
@requires("manager")
def withdraw_thing(thing_id: UUID) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        with unit_of_work() as work:
            work.session.delete(get_thing(work.session, thing_id))
            work.audit("thing-withdrawn", f"thing/{thing_id}")
        return redirect(url_for(".list_things"), 303)
    with reading() as session:
        page = render_template("demo/withdraw.html", thing=get_thing(session, thing_id), form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/broken")
@public
def broken() -> ResponseReturnValue:
    raise RuntimeError("a mistake in the code, with secrets in its text")

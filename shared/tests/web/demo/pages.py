"""The demo's pages."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from shared.principal import BODIES
from shared.refusal import Refused
from shared.web import body_choices, fill_errors, paginate, public, reading, requires, runtime, unit_of_work
from shared.web.calendar import Entry, day_calendar

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


@blueprint.get("/calendar")
@requires("viewer")
def calendar() -> ResponseReturnValue:
    now = runtime().clock()
    zone = runtime().settings.time_zone
    day = now.astimezone(zone).date()

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)

    rows = [("a", "谈心室", None), ("b", "活动室", url_for(".list_things")), ("c", "阅览室", None)]
    entries = [
        Entry("a", at(9), at(10), "预约", tone="info"),
        Entry("a", at(9, 30), at(11), "整理", tone="neutral"),
        Entry("b", at(14), at(16, 30), "小候鸟", url=url_for(".list_things"), tone="good", state=gettext("Active")),
        Entry("b", at(19), at(21), "红色故事", tone="warn"),
    ]
    return render_template("demo/calendar.html", calendar=day_calendar(day, zone, rows, entries))


@blueprint.get("/broken")
@public
def broken() -> ResponseReturnValue:
    raise RuntimeError("a mistake in the code, with secrets in its text")

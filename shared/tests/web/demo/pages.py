"""The demo's pages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from shared.principal import BODIES
from shared.refusal import Refused, Stale
from shared.web import (
    Column,
    EditForm,
    Orders,
    body_choices,
    exported,
    fill_errors,
    paginate,
    public,
    reading,
    requires,
    runtime,
    stale_page,
    unit_of_work,
)
from shared.web.calendar import Entry, day_calendar
from shared.web.wording import body_name

from .things import Thing, add_thing, change_thing, get_thing, things

blueprint = Blueprint("things_pages", __name__, url_prefix="/things", template_folder="templates")
ORDERS = Orders(name=Thing.name, price=Thing.price, added=Thing.added_at)


class ThingForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Name"), [InputRequired(), Length(max=60)], description=_l("As it stands on the shelf."))
    body = SelectField(_l("Owner"))
    note = TextAreaField(_l("Note"))


class EditThingForm(EditForm):
    name = StringField(_l("Name"), [InputRequired(), Length(max=60)])
    body = SelectField(_l("Owner"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [InputRequired()])


@blueprint.get("/")
@requires("viewer")
def list_things() -> ResponseReturnValue:
    found = things(request.args.get("body"), request.args.get("q"))
    if answer := exported("things", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        return render_template("demo/list.html", page=page, bodies=BODIES)


def _columns(_session: Session, _rows: Sequence[Thing]) -> list[Column]:
    return [
        Column(gettext("Name"), lambda one: one.name),
        Column(gettext("Owner"), lambda one: body_name(one.body)),
        Column(gettext("Price"), lambda one: one.price),
        Column(gettext("Since"), lambda one: one.added_at),
    ]


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


@blueprint.route("/<uuid:thing_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_thing(thing_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        form = _edit_form(get_thing(session, thing_id))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                change_thing(work, thing_id, name=form.name.data, body=form.body.data, version=form.sent_version)
        except Stale:
            with reading() as session:
                current = _edit_form(get_thing(session, thing_id), fresh=True)
                back = url_for(".show_thing", thing_id=thing_id)
                return stale_page(form, current, session, subject=f"thing/{thing_id}", back=back)
        return redirect(url_for(".show_thing", thing_id=thing_id), 303)
    return render_template("demo/new.html", form=form), 422 if form.errors else 200


def _edit_form(thing: Thing, *, fresh: bool = False) -> EditThingForm:
    form = EditThingForm(None, obj=thing) if fresh else EditThingForm(obj=thing)
    form.body.choices = body_choices()
    return form


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


@blueprint.get("/catalogue")
@public
def catalogue() -> ResponseReturnValue:
    """For visitors: the same list without anything for staff."""
    with reading() as session:
        return render_template("demo/catalogue.html", page=paginate(session, things(), orders=ORDERS))


@blueprint.get("/broken")
@public
def broken() -> ResponseReturnValue:
    raise RuntimeError("a mistake in the code, with secrets in its text")

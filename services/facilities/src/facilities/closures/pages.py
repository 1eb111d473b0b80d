"""Pages of closures: list, form, lifting one early."""

from datetime import time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as OptionalInput

from facilities.bookings.day import asked_day, local_window
from facilities.closures import queries
from facilities.closures.commands import NewClosure, close_resource, reopen_resource
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Window
from facilities.resources.queries import find_by_code, pools, rooms
from shared.refusal import NotFound, Refused
from shared.web import (
    Column,
    Orders,
    choices,
    exported,
    fill_errors,
    paginate,
    reading,
    requires,
    runtime,
    unit_of_work,
)

blueprint = Blueprint("closures_pages", __name__, url_prefix="/closures", template_folder="templates")
ORDERS = Orders(since=Occupancy.starts_at, until=Occupancy.ends_at)


class ClosureForm(FlaskForm):  # type: ignore[misc]
    resource = SelectField(_l("What is closed"))
    day = DateField(_l("First day"), [InputRequired()])
    starts_at = TimeField(_l("From"), [InputRequired()])
    last_day = DateField(_l("Last day"), [InputRequired()])
    ends_at = TimeField(_l("Until"), [InputRequired()])
    quantity = IntegerField(
        _l("How many units"),
        [OptionalInput(), NumberRange(1, 1_000_000)],
        description=_l("For equipment and books; empty closes all of it."),
    )
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=500)])
    cancel_bookings = BooleanField(
        _l("Cancel the bookings in the way"),
        description=_l("Those who booked are told. What activities and talks have booked is never cancelled here."),
    )


@blueprint.get("/")
@requires("viewer")
def list_closures() -> ResponseReturnValue:
    now = runtime().clock()
    current = request.args.get("show") != "all"
    found = queries.list_closures(now=now if current else None)
    if answer := exported("closures", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        return render_template("closures/list.html", page=page, now=now)


def _columns(_session: Any, _rows: Any) -> list[Column]:
    return [
        Column(gettext("What"), lambda row: row.resource.name),
        Column(gettext("How many units"), lambda row: row.quantity),
        Column(gettext("From"), lambda row: row.starts_at),
        Column(gettext("Until"), lambda row: row.ends_at),
        Column(gettext("Reason"), lambda row: row.reason),
        Column(gettext("Lifted"), lambda row: None if row.live else row.ended_at),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("manager")
def new_closure() -> ResponseReturnValue:
    form = ClosureForm(data=_prefilled()) if request.method == "GET" else ClosureForm()
    with reading() as session:
        places = [*rooms(session), *pools(session)]
        form.resource.choices = choices((one.code, str(one.name)) for one in places)
    if form.validate_on_submit():
        first = local_window(form.day.data, form.starts_at.data, form.starts_at.data)
        last = local_window(form.last_day.data, form.starts_at.data, form.ends_at.data)
        window = Window(first.starts_at, last.ends_at)
        try:
            with unit_of_work() as work:
                resource = find_by_code(work.session, form.resource.data)
                if resource is None:
                    raise NotFound("resource")
                close_resource(
                    work,
                    NewClosure(
                        resource.id,
                        window.starts_at,
                        window.ends_at,
                        form.reason.data,
                        quantity=None if resource.exclusive else form.quantity.data,
                        cancel_bookings=form.cancel_bookings.data,
                    ),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(resource)s is closed for that time.", resource=str(resource.name)), "success")
            return redirect(url_for(".list_closures"), 303)
    return render_template("closures/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:closure_id>/reopen", methods=["GET", "POST"])
@requires("manager")
def reopen(closure_id: UUID) -> ResponseReturnValue:
    if request.method == "POST":
        with unit_of_work() as work:
            closure = reopen_resource(work, closure_id)
        flash(gettext("%(resource)s can be booked again.", resource=str(closure.resource.name)), "success")
        return redirect(url_for(".list_closures"), 303)
    with reading() as session:
        found = queries.get_closure(session, closure_id)
        if found is None:
            raise NotFound("closure")
        return render_template("closures/reopen.html", closure=found)


def _prefilled() -> dict[str, Any]:
    """The whole of the day that the address names, in the hours in which rooms are used."""
    day = asked_day()
    return {
        "resource": request.args.get("resource", ""),
        "day": day,
        "last_day": day,
        "starts_at": time(8),
        "ends_at": time(22),
    }

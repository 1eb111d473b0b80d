"""Pages of resources: list, detail with its day, form."""

from datetime import time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import case
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as OptionalInput
from wtforms.widgets import CheckboxInput, ListWidget

from facilities.bookings.day import asked_day, calendar_of
from facilities.resources import queries
from facilities.resources.commands import NewResource, add_resource, change_resource
from facilities.resources.models import KINDS, Resource
from facilities.wording import KINDS as KIND_WORDS
from facilities.wording import kind_name, weekday_name
from shared.refusal import NotFound, Refused, Stale
from shared.web import (
    Column,
    EditForm,
    Orders,
    choices,
    exported,
    fill_errors,
    paginate,
    reading,
    requires,
    stale_page,
    unit_of_work,
)
from shared.web.paging import MAX_LIMIT, page_arguments

blueprint = Blueprint("resources_pages", __name__, url_prefix="/resources", template_folder="templates")
_KIND = case({kind: number for number, kind in enumerate(KINDS)}, value=Resource.kind, else_=len(KINDS))
ORDERS = Orders("kind", kind=_KIND, name=Resource.name_zh, people=Resource.capacity, units=Resource.quantity)
_EDITED = (
    "name_zh",
    "name_en",
    "capacity",
    "quantity",
    "minutes_before",
    "minutes_after",
    "needs_approval",
    "after_hours_needs_duty",
    "active",
    "version",
)


class ResourceFields:
    name_zh = StringField(_l("Name in Chinese"), [InputRequired(), Length(max=120)])
    name_en = StringField(_l("Name in English"), [InputRequired(), Length(max=120)])
    capacity = IntegerField(_l("People"), [OptionalInput(), NumberRange(1, 100_000)], description=_l("For rooms."))
    quantity = IntegerField(_l("Units"), [OptionalInput(), NumberRange(1, 1_000_000)], description=_l("A room is 1."))
    minutes_before = IntegerField(_l("Minutes to make ready"), [OptionalInput(), NumberRange(0, 240)])
    minutes_after = IntegerField(_l("Minutes to clear up"), [OptionalInput(), NumberRange(0, 240)])
    open_days = SelectMultipleField(
        _l("Open on"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("No day chosen means always open."),
    )
    opens_at = TimeField(_l("Opens"), [OptionalInput()])
    closes_at = TimeField(_l("Closes"), [OptionalInput()])
    needs_approval = BooleanField(_l("Officers' bookings need a manager's approval"))
    after_hours_needs_duty = BooleanField(_l("After working hours somebody on duty must be there"))


class NewResourceForm(ResourceFields, FlaskForm):  # type: ignore[misc]
    code = StringField(
        _l("Code"), [InputRequired(), Length(max=60)], description=_l("Small letters and hyphens; it never changes.")
    )
    kind = SelectField(_l("Kind"))
    confidential = BooleanField(_l("Its bookings only say “Busy”"))


class EditResourceForm(ResourceFields, EditForm):
    active = BooleanField(_l("In use"))


@blueprint.get("/")
@requires("viewer")
def list_resources() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    found = queries.list_resources(kind=kind if kind in KINDS else None, search=request.args.get("q"))
    if answer := exported("resources", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, {**page_arguments(), "limit": MAX_LIMIT}, orders=ORDERS)
        return render_template("resources/list.html", page=page, kinds=KIND_WORDS)


def _columns(_session: Any, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Code"), lambda one: one.code),
        Column(gettext("Name in Chinese"), lambda one: one.name_zh),
        Column(gettext("Name in English"), lambda one: one.name_en),
        Column(gettext("Kind"), lambda one: kind_name(one.kind)),
        Column(gettext("People"), lambda one: one.capacity),
        Column(gettext("Units"), lambda one: one.quantity),
        Column(gettext("In use"), lambda one: gettext("Yes") if one.active else gettext("No")),
    ]


@blueprint.get("/<uuid:resource_id>")
@requires("viewer")
def show_resource(resource_id: UUID) -> ResponseReturnValue:
    day = asked_day()
    with reading() as session:
        resource = _found(session, resource_id)
        calendar = calendar_of(session, day, [resource])
        return render_template("resources/show.html", resource=resource, calendar=calendar, hours=_hours(resource))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("admin")
def new_resource() -> ResponseReturnValue:
    form = (
        NewResourceForm(data={"quantity": 1, "minutes_before": 0, "minutes_after": 0})
        if (request.method == "GET")
        else NewResourceForm()
    )
    form.kind.choices = choices((kind, kind_name(kind)) for kind in KINDS)
    _days(form)
    if form.validate_on_submit():
        values = _values(form)
        try:
            with unit_of_work() as work:
                made = add_resource(
                    work,
                    NewResource(
                        code=form.code.data, kind=form.kind.data, confidential=form.confidential.data, **values
                    ),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(resource)s can be booked now.", resource=str(made.name)), "success")
            return redirect(url_for(".show_resource", resource_id=made.id), 303)
    return render_template("resources/form.html", form=form, resource=None), 422 if form.errors else 200


@blueprint.route("/<uuid:resource_id>/edit", methods=["GET", "POST"])
@requires("admin")
def edit_resource(resource_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        resource = _found(session, resource_id)
    form = _edit_form(resource)
    if form.validate_on_submit():
        changes = {**_values(form), "active": form.active.data}
        try:
            with unit_of_work() as work:
                change_resource(work, resource_id, changes, version=form.sent_version)
        except Stale:
            with reading() as session:
                current = _edit_form(_found(session, resource_id), fresh=True)
                back = url_for(".show_resource", resource_id=resource_id)
                return stale_page(form, current, session, subject=f"resource/{resource_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The change is saved."), "success")
            return redirect(url_for(".show_resource", resource_id=resource_id), 303)
    return render_template("resources/form.html", form=form, resource=resource), 422 if form.errors else 200


def _edit_form(resource: Resource, *, fresh: bool = False) -> EditResourceForm:
    form = EditResourceForm(None, data=_data(resource)) if fresh else EditResourceForm(data=_data(resource))
    _days(form)
    return form


def _found(session: Any, resource_id: UUID) -> Resource:
    resource = queries.get_resource(session, resource_id)
    if resource is None:
        raise NotFound("resource")
    return resource


def _days(form: Any) -> None:
    form.open_days.choices = choices((str(number), weekday_name(number)) for number in range(7))


def _values(form: Any) -> dict[str, Any]:
    """The form in the terms of the commands. One pair of hours for all open days; the API can give each its own."""
    opening = None
    if form.open_days.data:
        hours = [
            (form.opens_at.data or time(8)).isoformat("minutes"),
            (form.closes_at.data or time(22)).isoformat("minutes"),
        ]
        opening = [hours if str(number) in form.open_days.data else None for number in range(7)]
    return {
        "name_zh": form.name_zh.data,
        "name_en": form.name_en.data,
        "capacity": form.capacity.data,
        "quantity": form.quantity.data or 1,
        "minutes_before": form.minutes_before.data or 0,
        "minutes_after": form.minutes_after.data or 0,
        "needs_approval": form.needs_approval.data,
        "after_hours_needs_duty": form.after_hours_needs_duty.data,
        "opening": opening,
    }


def _data(resource: Resource) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(resource, name) for name in _EDITED}
    days = [(number, hours) for number, hours in enumerate(resource.opening or []) if hours]
    data["open_days"] = [str(number) for number, _ in days]
    if days:
        data["opens_at"] = time.fromisoformat(days[0][1][0])
        data["closes_at"] = time.fromisoformat(days[0][1][1])
    return data


def _hours(resource: Resource) -> list[tuple[str, str]]:
    """Opening hours for people: days with the same hours in one line."""
    lines: list[tuple[int, int, str]] = []
    for number, hours in enumerate(resource.opening or []):
        said = f"{hours[0]}–{hours[1]}" if hours else gettext("closed")
        if lines and lines[-1][2] == said:
            lines[-1] = (lines[-1][0], number, said)
        else:
            lines.append((number, number, said))
    return [
        (
            weekday_name(first) if first == last else f"{weekday_name(first)} – {weekday_name(last)}",
            said,
        )
        for first, last, said in lines
    ]

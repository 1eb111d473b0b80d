"""Pages: the working-day calendar."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired

from notifications.workdays.commands import FIRST_YEAR, LAST_YEAR, declare_official, forget_day, set_day
from notifications.workdays.queries import days_of, is_official
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import choices, fill_errors, principal, reading, requires, runtime, unit_of_work

blueprint = Blueprint("workdays_pages", __name__, url_prefix="/calendar", template_folder="templates")
_NAMES = (
    N_("New Year's Day"),
    N_("Spring Festival"),
    N_("Tomb-sweeping Day"),
    N_("Labour Day"),
    N_("Dragon Boat Festival"),
    N_("National Day"),
    N_("Mid-autumn Festival"),
    N_("Anti-Fascist 70th Day"),
)


class DayForm(FlaskForm):  # type: ignore[misc]
    day = DateField(_l("Day"), [InputRequired()])
    working = RadioField(
        _l("What it is"), [InputRequired()], choices=choices([("no", _l("Day off")), ("yes", _l("Workday"))])
    )
    note = StringField(_l("Note"), description=_l("For instance the name of the festival."))


@blueprint.get("/")
@requires("viewer")
def show_year() -> ResponseReturnValue:
    this_year = _today().year
    try:
        year = int(request.args.get("year", this_year))
    except ValueError:
        year = this_year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    with reading() as session:
        return render_template(
            "workdays/year.html",
            year=year,
            years=(FIRST_YEAR, LAST_YEAR),
            days=days_of(session, year),
            official=is_official(session, year),
            names=_NAMES,
            may_edit=principal().allows("manager", ALL_BODIES),
        )


@blueprint.route("/day", methods=["GET", "POST"])
@requires("manager")
def edit_day() -> ResponseReturnValue:
    principal().demand("manager", ALL_BODIES)
    form = DayForm()
    if request.method == "GET":
        form.day.data = _asked_day() or _today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                row = set_day(work, form.day.data, form.working.data == "yes", form.note.data or "")
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The day is entered."), "success")
            return redirect(url_for(".show_year", year=row.year), 303)
    return render_template("workdays/day.html", form=form), 422 if form.errors else 200


@blueprint.post("/forget")
@requires("manager")
def forget() -> ResponseReturnValue:
    day = _asked_day()
    if day is None:
        raise NotFound(N_("calendar day"))
    with unit_of_work() as work:
        forget_day(work, day)
    flash(gettext("The day is a plain one again."), "success")
    return redirect(url_for(".show_year", year=day.year), 303)


@blueprint.post("/<int:year>/official")
@requires("manager")
def make_official(year: int) -> ResponseReturnValue:
    with unit_of_work() as work:
        declare_official(work, year)
    flash(gettext("The plan of %(year)s is complete.", year=year), "success")
    return redirect(url_for(".show_year", year=year), 303)


def _today() -> date:
    return runtime().clock().astimezone(runtime().settings.time_zone).date()


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None

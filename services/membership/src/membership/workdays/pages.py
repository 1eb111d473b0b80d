"""Staff pages about the working-day calendar."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired

from membership.current import argument_date, today
from membership.workdays.commands import FIRST_YEAR, LAST_YEAR, declare_official, forget_day, set_day
from membership.workdays.queries import days_of, official_source
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import choices, fill_errors, reading, requires, unit_of_work

blueprint = Blueprint("workdays", __name__, url_prefix="/calendar", template_folder="templates")
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
    try:
        year = int(request.args.get("year", today().year))
    except ValueError:
        year = today().year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    with reading() as session:
        return render_template(
            "workdays/year.html",
            year=year,
            years=(FIRST_YEAR, LAST_YEAR),
            days=days_of(session, year),
            source=official_source(session, year),
            names=_NAMES,
        )


@blueprint.route("/day", methods=["GET", "POST"])
@requires("manager")
def edit_day() -> ResponseReturnValue:
    form = DayForm()
    if request.method == "GET":
        form.day.data = argument_date("day") or today()
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
    day = argument_date("day")
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
    flash(gettext("Working days of %(year)s are final from now on.", year=year), "success")
    return redirect(url_for(".show_year", year=year), 303)

"""Staff pages about a service's working-day calendar."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired

from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web.context import principal, reading, runtime, unit_of_work
from shared.web.forms import choices, fill_errors
from shared.web.guards import requires
from shared.workdays.commands import FIRST_YEAR, LAST_YEAR, declare_official, forget_day, set_day
from shared.workdays.queries import days_of, is_official
from shared.workdays.tables import WorkdayTables

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
"""What the library calls the festivals; staff write their own notes."""


@dataclass(frozen=True)
class WorkdayWords:
    """What a service says in its own words (each marked by ``N_``), and the page that its calendar belongs to.

    ``lead``: what the calendar is for; ``unknown``: what holds in a year whose plan is not known; ``declared``: what
    is said when it is, with ``%(year)s``; ``above``: the endpoint and the name of the page above, None for none.
    """

    lead: str
    unknown: str
    declared: str
    above: tuple[str, str] | None = None


class DayForm(FlaskForm):  # type: ignore[misc]
    day = DateField(_l("Day"), [InputRequired()])
    working = RadioField(
        _l("What it is"), [InputRequired()], choices=choices([("no", _l("Day off")), ("yes", _l("Workday"))])
    )
    note = StringField(_l("Note"), description=_l("For instance the name of the festival."))


def workdays_blueprint(tables: WorkdayTables, words: WorkdayWords) -> Blueprint:
    """The pages under ``/calendar``; their endpoints are ``workdays.<view>``."""
    blueprint = Blueprint("workdays", __name__, url_prefix="/calendar")

    @blueprint.get("/")
    @requires("viewer")
    def show_year() -> ResponseReturnValue:
        return _year_page(tables, words)

    @blueprint.route("/day", methods=["GET", "POST"])
    @requires("manager")
    def edit_day() -> ResponseReturnValue:
        principal().demand("manager", tables.body)
        return _day_page(tables)

    @blueprint.post("/forget")
    @requires("manager")
    def forget() -> ResponseReturnValue:
        day = _asked_day()
        if day is None:
            raise NotFound(N_("calendar day"))
        with unit_of_work() as work:
            forget_day(work, tables, day)
        flash(gettext("The day is a plain one again."), "success")
        return redirect(url_for(".show_year", year=day.year), 303)

    @blueprint.post("/<int:year>/official")
    @requires("manager")
    def make_official(year: int) -> ResponseReturnValue:
        with unit_of_work() as work:
            declare_official(work, tables, year)
        flash(gettext(words.declared, year=year), "success")
        return redirect(url_for(".show_year", year=year), 303)

    return blueprint


def _year_page(tables: WorkdayTables, words: WorkdayWords) -> ResponseReturnValue:
    this_year = _today().year
    try:
        year = int(request.args.get("year", this_year))
    except ValueError:
        year = this_year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    with reading() as session:
        return render_template(
            "kit/workdays/year.html",
            year=year,
            years=(FIRST_YEAR, LAST_YEAR),
            days=days_of(session, tables, year),
            official=is_official(session, tables, year),
            names=_NAMES,
            words=words,
            may_edit=principal().allows("manager", tables.body),
        )


def _day_page(tables: WorkdayTables) -> ResponseReturnValue:
    form = DayForm()
    if request.method == "GET":
        form.day.data = _asked_day() or _today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                row = set_day(work, tables, form.day.data, form.working.data == "yes", form.note.data or "")
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The day is entered."), "success")
            return redirect(url_for(".show_year", year=row.year), 303)
    return render_template("kit/workdays/day.html", form=form), 422 if form.errors else 200


def _today() -> date:
    return runtime().clock().astimezone(runtime().settings.time_zone).date()


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None

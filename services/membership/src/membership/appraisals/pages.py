"""Staff pages about appraisals: the year's list, one with its result to print, opening, grading and closing it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from membership.appraisals.commands import close_appraisal, grade_members, open_appraisal
from membership.appraisals.models import Appraisal
from membership.appraisals.queries import by_name, counts, get_appraisal, selection
from membership.appraisals.wording import GRADES
from membership.current import argument_id, centre, today
from membership.development.pages import branches
from membership.house import house
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.web import (
    Column,
    Orders,
    carried_out,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.languages import language

blueprint = Blueprint("appraisals_pages", __name__, url_prefix="/appraisals", template_folder="templates")
ORDERS = Orders(year=Appraisal.year, held=Appraisal.held_on)


class OpenForm(FlaskForm):  # type: ignore[misc]
    """``organisation_id`` gets its choices from the page."""

    organisation_id = SelectField(_l("Party branch"))
    year = IntegerField(_l("Year"), [InputRequired(), NumberRange(1949, 2200)])
    held_on = DateField(
        _l("Held on"), [InputRequired()], description=_l("Who belongs to the branch on that day takes part.")
    )


@blueprint.get("/")
@requires("viewer")
def list_appraisals() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    year = request.args.get("year", type=int)
    found = selection(organisation_id=argument_id("organisation"), year=year)
    if answer := exported("appraisals", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        return render_template(
            "appraisals/list.html",
            page=page,
            counts=counts,
            branches=branches(session),
            years=_years(),
            today=today(),
            limit=house().appraisal.excellent.fraction,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Party branch"), lambda one: one.organisation.name(language())),
        Column(gettext("Year"), lambda one: one.year),
        Column(gettext("Held on"), lambda one: one.held_on),
        Column(gettext("Full members"), lambda one: one.full_members),
        Column(gettext("Excellent"), lambda one: one.excellent),
        Column(gettext("Closed"), lambda one: one.closed_on),
    ]


@blueprint.get("/<uuid:appraisal_id>")
@requires("viewer")
def show_appraisal(appraisal_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        appraisal = get_appraisal(session, appraisal_id, principal())
        return render_template(
            "appraisals/show.html",
            appraisal=appraisal,
            roll=by_name(appraisal),
            counts=counts(appraisal),
            grades=GRADES,
        )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_appraisal() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = OpenForm()
    with reading() as session:
        form.organisation_id.choices = choices((str(one.id), one.name(language())) for one in branches(session))
    if request.method == "GET":
        form.year.data, form.held_on.data = today().year, today()
        form.organisation_id.data = str(argument_id("organisation") or "")
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                appraisal = open_appraisal(
                    work,
                    organisation_id=UUID(form.organisation_id.data),
                    year=form.year.data,
                    held_on=form.held_on.data,
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The appraisal is open: enter the grades."), "success")
            return redirect(url_for(".grade", appraisal_id=appraisal.id), 303)
    return render_template("appraisals/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:appraisal_id>/grades", methods=["GET", "POST"])
@requires("officer")
def grade(appraisal_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    with reading() as session:
        appraisal = get_appraisal(session, appraisal_id)
        members = [one for one in by_name(appraisal) if one.role == "member"]
        form = _grades_form(appraisal, members)
        if form.validate_on_submit():
            grades = {one.person_id: form[_field(one)].data or None for one in members}
            try:
                with unit_of_work() as work:
                    grade_members(work, appraisal_id, grades, version=int(form.version.data or 0))
            except Refused as refused:
                fill_errors(form, refused)
            else:
                flash(gettext("The grades are entered."), "success")
                return redirect(url_for(".show_appraisal", appraisal_id=appraisal_id), 303)
        page = render_template(
            "appraisals/grades.html", form=form, appraisal=appraisal, members=members, field_of=_field
        )
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:appraisal_id>/close", methods=["GET", "POST"])
@requires("officer")
def close(appraisal_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = _VersionForm()
    with reading() as session:
        appraisal = get_appraisal(session, appraisal_id)

        def carry_out(work: UnitOfWork, version: int) -> None:
            close_appraisal(work, appraisal_id, version=version, centre=centre())

        done = carried_out(
            form, carry_out, gettext("The result stands."), url_for(".show_appraisal", appraisal_id=appraisal_id)
        )
        if done is not None:
            return done
        if request.method == "GET":
            form.version.data = str(appraisal.version)
        page = render_template("appraisals/close.html", form=form, appraisal=appraisal)
    return page, 422 if form.errors else 200


class _VersionForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()


def _grades_form(appraisal: Appraisal, members: list[Any]) -> Any:
    """A choice for each full member, called as they are."""
    offered = choices([("", gettext("— no grade yet —")), *((code, gettext(GRADES[code][0])) for code in GRADES)])
    fields = {_field(one): SelectField(one.person.name, choices=offered, default=one.grade or "") for one in members}
    form = type("GradesForm", (_VersionForm,), fields)()
    if request.method == "GET":
        form.version.data = str(appraisal.version)
    return form


def _field(one: Any) -> str:
    return f"grade_{one.person_id.hex}"


def _years() -> list[tuple[str, str]]:
    return [(str(today().year - back), str(today().year - back)) for back in range(5)]

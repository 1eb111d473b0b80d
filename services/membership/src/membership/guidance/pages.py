"""Staff pages about guidance visits: what is open, one visit, recording one, and what came of a finding."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from membership.current import argument_id, centre, today
from membership.development.months import add_months
from membership.development.pages import branches
from membership.guidance.commands import finish_finding, record_visit
from membership.guidance.models import GuidanceVisit
from membership.guidance.queries import get_finding, get_visit, open_findings, selection
from membership.guidance.rules import FindingData
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

blueprint = Blueprint("guidance", __name__, url_prefix="/guidance", template_folder="templates")
ORDERS = Orders(visited=GuidanceVisit.visited_on, visitors=GuidanceVisit.visitors)
PLACES = 4


class FindingForm(Form):
    finding = StringField(_l("Finding"), [Length(max=500)])
    action = StringField(_l("What is to be done"), [Length(max=500)])
    due_on = DateField(_l("Until"), [Optional()])


class VisitForm(FlaskForm):  # type: ignore[misc]
    """``organisation_id`` gets its choices from the page."""

    organisation_id = SelectField(_l("Party branch"))
    visited_on = DateField(_l("Visited on"), [InputRequired()])
    visitors = StringField(_l("Visited by"), [InputRequired(), Length(max=120)])
    summary = TextAreaField(_l("How the branch stands"), [InputRequired(), Length(max=2000)])
    findings = FieldList(FormField(FindingForm), min_entries=PLACES, max_entries=PLACES)


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    done_on = DateField(_l("Done on"), [InputRequired()])
    outcome = TextAreaField(_l("What came of it"), [InputRequired(), Length(max=500)])


@blueprint.get("/")
@requires("viewer")
def list_visits() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    found = selection(organisation_id=argument_id("organisation"))
    if answer := exported("guidance", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "guidance/list.html",
            page=paginate(session, found, orders=ORDERS),
            findings=open_findings(session),
            branches=branches(session),
            today=today(),
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Party branch"), lambda one: one.organisation.name(language())),
        Column(gettext("Visited on"), lambda one: one.visited_on),
        Column(gettext("Visited by"), lambda one: one.visitors),
        Column(gettext("How the branch stands"), lambda one: one.summary),
        Column(gettext("Findings"), lambda one: len(one.findings)),
        Column(gettext("Open"), lambda one: sum(finding.done_on is None for finding in one.findings)),
    ]


@blueprint.get("/<uuid:visit_id>")
@requires("viewer")
def show_visit(visit_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        return render_template("guidance/show.html", visit=get_visit(session, visit_id, principal()), today=today())


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_visit() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = VisitForm()
    with reading() as session:
        form.organisation_id.choices = choices((str(one.id), one.name(language())) for one in branches(session))
    if request.method == "GET":
        form.visited_on.data, form.visitors.data = today(), principal().name
        form.organisation_id.data = str(argument_id("organisation") or "")
        for entry in form.findings:
            entry.form.due_on.data = add_months(today(), 1)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                visit = record_visit(
                    work,
                    organisation_id=UUID(form.organisation_id.data),
                    visited_on=form.visited_on.data,
                    visitors=form.visitors.data,
                    summary=form.summary.data,
                    findings=[
                        FindingData(one.finding.data, one.action.data, one.due_on.data or form.visited_on.data)
                        for one in (entry.form for entry in form.findings)
                        if one.finding.data or one.action.data
                    ],
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The visit is recorded."), "success")
            return redirect(url_for(".show_visit", visit_id=visit.id), 303)
    return render_template("guidance/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/findings/<uuid:finding_id>", methods=["GET", "POST"])
@requires("officer")
def follow_up(finding_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = OutcomeForm()
    with reading() as session:
        finding = get_finding(session, finding_id)

        def carry_out(work: UnitOfWork, version: int) -> None:
            data = {"done_on": form.done_on.data, "outcome": form.outcome.data}
            finish_finding(work, finding_id, **data, version=version, centre=centre())

        done = carried_out(form, carry_out, gettext("It is noted."), url_for(".show_visit", visit_id=finding.visit_id))
        if done is not None:
            return done
        if request.method == "GET":
            form.version.data, form.done_on.data = str(finding.version), today()
        page = render_template("guidance/outcome.html", form=form, finding=finding)
    return page, 422 if form.errors else 200

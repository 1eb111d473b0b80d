"""Staff pages about retention: what is due (nothing happens yet), marking it, the runs, undoing one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import HiddenField, IntegerField
from wtforms.validators import Optional

from membership.current import centre, today
from membership.people.models import Person
from membership.retention.commands import mark_what_is_due, undo_run
from membership.retention.models import RetentionRun
from membership.retention.queries import counts_of, dry_run, get_run, marks_of, runs
from membership.retention.rules import RULES, retention
from membership.retention.wording import MARK_STATES, RULE_NAMES, RUN_STATES
from shared.refusal import Refused
from shared.web import (
    Column,
    Orders,
    carried_out,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)

blueprint = Blueprint("retention_pages", __name__, url_prefix="/retention", template_folder="templates")
ORDERS = Orders(started=RetentionRun.started_at, final=RetentionRun.final_from)
SHOWN = 200
"""Records on one page; all are counted."""


class MarkForm(FlaskForm):  # type: ignore[misc]
    expected = HiddenField()
    said = IntegerField(_l("Number of records"), [Optional()], description=_l("Write it, to go above the cap."))


class UndoForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()


@blueprint.get("/")
@requires("manager")
def show() -> ResponseReturnValue:
    if answer := exported("retention-runs", runs(), _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "retention/show.html",
            found=dry_run(session, principal(), today(), centre()),
            page=paginate(session, runs(), orders=ORDERS),
            rules=RULES,
            rule_names=RULE_NAMES,
            settings=retention(),
            states=RUN_STATES,
            most=SHOWN,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Started"), lambda one: one.started_at),
        Column(gettext("Started by"), lambda one: one.started_by),
        Column(gettext("Removed from"), lambda one: one.final_from),
        Column(gettext("State"), lambda one: gettext(RUN_STATES[one.state][0])),
    ]


@blueprint.route("/mark", methods=["GET", "POST"])
@requires("manager")
def mark() -> ResponseReturnValue:
    """The second step. The number that was shown goes with the form; another one now is refused."""
    form = MarkForm()
    with reading() as session:
        found = dry_run(session, principal(), today(), centre())
    if not form.is_submitted():
        form.expected.data = len(found.due)
    if not found.over_cap:
        del form.said
    if form.validate_on_submit():
        said = form.said.data if form.said is not None else None
        try:
            with unit_of_work() as work:
                run = mark_what_is_due(work, expected=int(form.expected.data or 0), said=said, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("They are marked; until the window is over it can be undone."), "success")
            return redirect(url_for(".show_run", run_id=run.id), 303)
    page = render_template("retention/mark.html", form=form, found=found, settings=retention())
    return page, 422 if form.errors else 200


@blueprint.get("/<uuid:run_id>")
@requires("manager")
def show_run(run_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        run = get_run(session, run_id)
        marks = marks_of(session, run_id, limit=SHOWN)
        return render_template(
            "retention/run.html",
            run=run,
            marks=marks,
            counts=counts_of(session, run_id),
            people={one.subject_id: session.get(Person, one.subject_id) for one in marks if one.rule == "people"},
            rule_names=RULE_NAMES,
            states=RUN_STATES,
            mark_states=MARK_STATES,
            most=SHOWN,
        )


@blueprint.route("/<uuid:run_id>/undo", methods=["GET", "POST"])
@requires("manager")
def undo(run_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        run = get_run(session, run_id)
    form = UndoForm(version=run.version)
    back = url_for(".show_run", run_id=run_id)
    said = gettext("Nothing of this run is removed.")
    done = carried_out(form, lambda work, version: undo_run(work, run_id, version=version), said, back)
    if done is not None:
        return done
    return render_template("retention/undo.html", form=form, run=run), 422 if form.errors else 200

"""Staff pages about joint branches: a unit joins one, and leaves it. A branch's page shows what it is made of."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from membership.current import argument_id, centre, today
from membership.development.pages import branches
from membership.house import house
from membership.joint_branches.commands import join_branch, leave_branch
from membership.joint_branches.queries import get_joined, joinable_units
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.web import carried_out, choices, fill_errors, principal, reading, requires, unit_of_work
from shared.web.languages import language

blueprint = Blueprint("joint_branches", __name__, url_prefix="/joint-branches", template_folder="templates")


class JoinForm(FlaskForm):  # type: ignore[misc]
    """Both get their choices from the page."""

    unit_id = SelectField(_l("Who joins"), description=_l("A small branch, or a unit without a branch of its own."))
    branch_id = SelectField(_l("The branch that is shared"))
    start_on = DateField(_l("From"), [InputRequired()])
    note = StringField(_l("Approved by"), [Length(max=300)])


class LeaveForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    end_on = DateField(_l("From"), [InputRequired()])


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def join() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = JoinForm()
    with reading() as session:
        form.unit_id.choices = choices((str(one.id), one.name(language())) for one in joinable_units(session))
        form.branch_id.choices = choices((str(one.id), one.name(language())) for one in branches(session))
    if request.method == "GET":
        form.start_on.data = today()
        form.unit_id.data, form.branch_id.data = str(argument_id("unit") or ""), str(argument_id("branch") or "")
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                joined = join_branch(
                    work,
                    unit_id=UUID(form.unit_id.data),
                    branch_id=UUID(form.branch_id.data),
                    start_on=form.start_on.data,
                    note=form.note.data or "",
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The branch is shared from now on."), "success")
            return redirect(url_for("branches.show_branch", organisation_id=joined.branch_id), 303)
    page = render_template("joint_branches/join.html", form=form, least=house().branch.least)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:joined_id>/leave", methods=["GET", "POST"])
@requires("officer")
def leave(joined_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = LeaveForm()
    with reading() as session:
        joined = get_joined(session, joined_id, principal())
        back = url_for("branches.show_branch", organisation_id=joined.branch_id)

        def carry_out(work: UnitOfWork, version: int) -> None:
            leave_branch(work, joined_id, form.end_on.data, version=version, centre=centre())

        done = carried_out(form, carry_out, gettext("The unit left the branch."), back)
        if done is not None:
            return done
        if request.method == "GET":
            form.version.data, form.end_on.data = str(joined.version), today()
        page = render_template("joint_branches/leave.html", form=form, joined=joined, back_to=back)
    return page, 422 if form.errors else 200

"""Pages that take an application one step on: each asks once and says what will happen."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from shared.refusal import Refused
from shared.web import choices, fill_errors, principal, reading, requires, unit_of_work
from welfare.current import keys, today
from welfare.funds.queries import find_fund
from welfare.lookups import names_of
from welfare.relief import commands, decisions, payments, queries
from welfare.relief.forms import ApproveForm, PayForm, ReverseForm, VisitForm
from welfare.relief.models import ReliefApplication
from welfare.relief.pages import fund_name
from welfare.relief.rules import REVERSAL_REASONS
from welfare.words import pairs

blueprint = Blueprint("relief_steps", __name__, url_prefix="/relief", template_folder="templates")


@blueprint.route("/<uuid:application_id>/visit", methods=["GET", "POST"])
@requires("officer")
def visit(application_id: UUID) -> ResponseReturnValue:
    form = VisitForm()

    def carry_out(work: Any) -> None:
        decisions.record_visit(
            work,
            keys(),
            application_id,
            visited_on=form.visited_on.data,
            finding=form.finding.data,
            today=today(),
        )

    return _step(application_id, form, "visit", carry_out, gettext("The visit is written down."))


@blueprint.route("/<uuid:application_id>/approve", methods=["GET", "POST"])
@requires("manager")
def approve(application_id: UUID) -> ResponseReturnValue:
    form = ApproveForm()

    def carry_out(work: Any) -> None:
        decisions.approve_application(work, application_id, amount=form.amount.data, today=today())

    return _step(application_id, form, "approve", carry_out, gettext("Approved, and the money is reserved."))


@blueprint.route("/<uuid:application_id>/decline", methods=["GET", "POST"])
@requires("manager")
def decline(application_id: UUID) -> ResponseReturnValue:
    def carry_out(work: Any) -> None:
        decisions.decline_application(work, application_id, today=today())

    return _step(application_id, FlaskForm(), "decline", carry_out, gettext("The application is declined."))


@blueprint.route("/<uuid:application_id>/withdraw", methods=["GET", "POST"])
@requires("officer")
def withdraw(application_id: UUID) -> ResponseReturnValue:
    def carry_out(work: Any) -> None:
        commands.withdraw_application(work, application_id, today=today())

    return _step(application_id, FlaskForm(), "withdraw", carry_out, gettext("The application is withdrawn."))


@blueprint.route("/<uuid:application_id>/pay", methods=["GET", "POST"])
@requires("officer")
def pay(application_id: UUID) -> ResponseReturnValue:
    form = PayForm()

    def carry_out(work: Any) -> None:
        payments.pay_out(
            work, application_id, paid_on=form.paid_on.data, receipt=form.receipt.data or None, today=today()
        )

    return _step(application_id, form, "pay", carry_out, gettext("Paid out, and written into the ledger."))


@blueprint.route("/<uuid:application_id>/reverse", methods=["GET", "POST"])
@requires("manager")
def reverse(application_id: UUID) -> ResponseReturnValue:
    form = ReverseForm()
    form.reason.choices = choices(pairs(REVERSAL_REASONS))

    def carry_out(work: Any) -> None:
        application = queries.find_application(work.session, application_id, principal())
        if application.disbursement is None:
            raise Refused("not-paid", "There is no pay-out to take back.")
        payments.reverse_payment(work, application.disbursement.id, reason=form.reason.data, today=today())

    return _step(application_id, form, "reverse", carry_out, gettext("The pay-out is taken back."))


def _step(
    application_id: UUID, form: Any, name: str, carry_out: Callable[[Any], None], done: str
) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                carry_out(work)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(done, "success")
            return redirect(url_for("relief_pages.show_application", application_id=application_id), 303)
    with reading() as session:
        application = queries.find_application(session, application_id, principal())
        if request.method == "GET":
            _begin(form, application)
        names = names_of(session, [application.person_id])
        fund = find_fund(session, application.fund_id, principal())
        answer = render_template(
            f"relief/{name}.html",
            form=form,
            application=application,
            name=names.get(application.person_id, gettext("unknown person")),
            fund=fund,
            fund_name=fund_name(fund),
        )
    return answer, 422 if form.errors else 200


def _begin(form: Any, application: ReliefApplication) -> None:
    """What most likely will be entered."""
    for name in ("visited_on", "paid_on"):
        if name in form:
            form[name].data = today()
    if "amount" in form:
        form.amount.data = application.amount_asked

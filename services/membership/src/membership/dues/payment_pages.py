"""Staff pages about payments: entering one, which asks once, the receipt to print, and taking one back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from membership.current import argument_date, centre, today
from membership.dues.commands import KNOWN, pay_dues, settled
from membership.dues.forms import PayForm, amount_text
from membership.dues.models import DuesAssessment
from membership.dues.queries import get_payment, next_receipt, open_months, reference_known
from membership.dues.reversals import may_reverse, reverse_payment
from membership.dues.wording import METHOD_NAMES
from membership.people.models import Person
from membership.people.queries import get_person
from shared.money import parse_yuan
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import fill_errors, principal, reading, requires, unit_of_work

blueprint = Blueprint("dues_payments", __name__, url_prefix="/dues", template_folder="templates")


class ReversalForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"), [InputRequired()], description=_l("It stands on the receipt. 5 to 300 characters.")
    )


@blueprint.route("/people/<uuid:person_id>/pay", methods=["GET", "POST"])
@requires("officer")
def pay(person_id: UUID) -> ResponseReturnValue:
    """Asks once: what it settles, the receipt's number and what stays open are shown before anything is posted."""
    principal().demand("officer", "party")
    form = PayForm()
    with reading() as session:
        person = get_person(session, person_id)
        owed = session.scalars(open_months(person_id)).all()
        total = sum((one.open for one in owed), Decimal())
        if request.method == "GET":
            _prefill(form, total)
        elif form.validate_on_submit():
            try:
                asked = _entered(form)
                if request.form.get("confirmed") != "yes":
                    return _question(session, form, person, owed, asked)
                with unit_of_work() as work:
                    payment = pay_dues(work, person_id, **asked, centre=centre())
            except Refused as refused:
                fill_errors(form, refused)
            else:
                flash(gettext("The payment is entered."), "success")
                return redirect(url_for(".receipt", payment_id=payment.id), 303)
        page = render_template("dues/pay.html", form=form, person=person, open=total)
    return page, 422 if form.errors else 200


def _question(
    session: Session, form: PayForm, person: Person, owed: Sequence[DuesAssessment], asked: dict[str, Any]
) -> str:
    """What the payment would do, and whether to go on. Refused as the payment would be."""
    parts, reference = settled(owed, **asked, today=today())
    if reference and reference_known(session, reference):
        raise Refused.many([KNOWN])
    return render_template(
        "dues/confirm.html",
        form=form,
        person=person,
        parts=parts,
        left=sum((one.open for one in owed), Decimal()) - asked["amount"],
        number=next_receipt(session, today().year),
        method_names=METHOD_NAMES,
        **asked,
    )


def _prefill(form: PayForm, total: Decimal) -> None:
    """All that is open, paid today; or what was typed before going back from the question."""
    form.paid_on.data = argument_date("paid_on") or today()
    form.amount.data = request.args.get("amount") or (f"{total:.2f}" if total else "")
    form.method.data = request.args.get("method", form.method.data)
    form.reference.data = request.args.get("reference", "")


def _entered(form: PayForm) -> dict[str, Any]:
    return {
        "amount": parse_yuan(amount_text(form.amount)),
        "paid_on": form.paid_on.data,
        "method": form.method.data,
        "reference": (form.reference.data or "").strip() or None,
    }


@blueprint.get("/receipts/<uuid:payment_id>")
@requires("viewer")
def receipt(payment_id: UUID) -> ResponseReturnValue:
    if not principal().allows("viewer", "party"):
        raise NotFound(N_("payment"))
    with reading() as session:
        payment = get_payment(session, payment_id)
        return render_template(
            "dues/receipt.html",
            payment=payment,
            lines=sorted(payment.lines, key=lambda line: line.assessment.month),
            left=sum((one.open for one in session.scalars(open_months(payment.person_id))), Decimal()),
            reversible=payment.reversed_on is None and may_reverse(principal(), payment),
            method_names=METHOD_NAMES,
        )


@blueprint.route("/receipts/<uuid:payment_id>/reverse", methods=["GET", "POST"])
@requires("officer")
def reverse(payment_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = ReversalForm()
    with reading() as session:
        payment = get_payment(session, payment_id)
        if form.validate_on_submit():
            try:
                with unit_of_work() as work:
                    reverse_payment(work, payment_id, form.reason.data, centre=centre())
            except Refused as refused:
                fill_errors(form, refused)
            else:
                flash(gettext("The payment is reversed; its months are open again."), "success")
                return redirect(url_for(".receipt", payment_id=payment_id), 303)
        page = render_template(
            "dues/reverse.html",
            form=form,
            payment=payment,
            allowed=may_reverse(principal(), payment),
            lines=sorted(payment.lines, key=lambda line: line.assessment.month),
        )
    return page, 422 if form.errors else 200

"""Staff pages about dues: a month, one member's card, entering bases and waivers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.current import argument_id, centre, today
from membership.development.pages import branches
from membership.dues.commands import BATCH, generate_month, grant_waiver, set_base
from membership.dues.forms import BaseForm, WaiverForm, amount_text
from membership.dues.models import DuesAssessment
from membership.dues.queries import (
    assessments,
    bases_of,
    overdue_count,
    payments_of,
    sums,
    waivers_of,
    without_base,
)
from membership.dues.rates import rates_on
from membership.dues.rules import first_of_month, next_month
from membership.dues.wording import CATEGORY_NAMES, METHOD_NAMES, STATE_NAMES, state_of
from membership.people.queries import get_person, name_order
from shared.money import parse_yuan
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import (
    Column,
    Orders,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.languages import language

blueprint = Blueprint("dues_pages", __name__, url_prefix="/dues", template_folder="templates")
STATES = ("open", "paid", "waived", "overdue")
WORDS = {
    "category_names": CATEGORY_NAMES,
    "method_names": METHOD_NAMES,
    "state_names": STATE_NAMES,
    "state_of": state_of,
}
ORDERS = Orders(
    name=name_order(DuesAssessment.person_id),
    month=DuesAssessment.month,
    amount=DuesAssessment.amount,
    open=DuesAssessment.amount - DuesAssessment.paid,
)


def _month() -> date:
    try:
        return datetime.strptime(request.args.get("month", ""), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return first_of_month(today())


@blueprint.get("/")
@requires("viewer")
def show_month() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    month, state = _month(), request.args.get("state")
    chosen = state if state in STATES else None
    query = assessments(
        month=None if chosen == "overdue" else month,
        organisation_id=argument_id("organisation"),
        state=chosen,
        text=request.args.get("q"),
        today=today(),
    )
    if answer := exported("dues", query, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "dues/month.html",
            page=paginate(session, query, orders=ORDERS),
            month=month,
            before=first_of_month(date.fromordinal(month.toordinal() - 1)),
            after=next_month(month),
            sums=sums(session, month),
            overdue=overdue_count(session, today()),
            missing=without_base(session, month),
            branches=branches(session),
            today=today(),
            **WORDS,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Name"), lambda one: one.person.name),
        Column(gettext("Party branch"), lambda one: one.organisation.name(language())),
        Column(gettext("Month"), lambda one: f"{one.month:%Y-%m}"),
        Column(gettext("Category"), lambda one: gettext(CATEGORY_NAMES[one.category])),
        Column(gettext("Amount"), lambda one: one.amount),
        Column(gettext("Paid"), lambda one: one.paid),
        Column(gettext("To pay"), lambda one: one.open),
        Column(gettext("State"), lambda one: gettext(STATE_NAMES[state_of(one, today())][0])),
    ]


@blueprint.post("/generate")
@requires("officer")
def generate() -> ResponseReturnValue:
    """All who have a base and are not assessed yet; pressing twice adds nothing."""
    month, made = _month(), 0
    if month > first_of_month(today()):
        raise Refused("month-ahead", N_("That month has not come yet."), status=422)
    with unit_of_work() as work:
        while (added := generate_month(work, month)) > 0:
            made += added
            if added < BATCH:
                break
    flash(gettext("%(count)s members are newly assessed.", count=made), "success" if made else "info")
    return redirect(url_for(".show_month", month=f"{month:%Y-%m}"), 303)


@blueprint.get("/people/<uuid:person_id>")
@requires("viewer")
def show_person(person_id: UUID) -> ResponseReturnValue:
    if not principal().allows("viewer", "party"):
        raise NotFound("person")
    with reading() as session:
        found = session.scalars(assessments(person_id=person_id, today=today())).all()
        return render_template(
            "dues/person.html",
            person=get_person(session, person_id),
            rows=sorted(found, key=lambda one: one.month, reverse=True),
            open=sum(one.open for one in found),
            bases=bases_of(session, person_id),
            waivers=waivers_of(session, person_id),
            payments=payments_of(session, person_id),
            rates=rates_on(today()),
            today=today(),
            **WORDS,
        )


@blueprint.route("/people/<uuid:person_id>/base", methods=["GET", "POST"])
@requires("officer")
def edit_base(person_id: UUID) -> ResponseReturnValue:
    form = BaseForm()
    if request.method == "GET":
        form.from_month.data = first_of_month(today())

    def carry_out(work: Any) -> str:
        base = parse_yuan(amount_text(form.base), field="base", zero=True)
        set_base(work, person_id, category=form.category.data, base=base, from_month=form.from_month.data)
        return gettext("The base is entered.")

    return _entered(person_id, form, gettext("Base of the dues"), carry_out)


@blueprint.route("/people/<uuid:person_id>/waiver", methods=["GET", "POST"])
@requires("manager")
def new_waiver(person_id: UUID) -> ResponseReturnValue:
    form = WaiverForm()
    if request.method == "GET":
        form.first.data = form.until.data = first_of_month(today())
        form.decided_on.data = today()

    def carry_out(work: Any) -> str:
        grant_waiver(
            work,
            person_id,
            first=form.first.data,
            last=form.until.data,
            reduced_to=parse_yuan(amount_text(form.reduced_to), field="reduced_to", zero=True),
            decided_on=form.decided_on.data,
            reason=form.reason.data,
            centre=centre(),
        )
        return gettext("The waiver is entered.")

    return _entered(person_id, form, gettext("Waive dues in hardship"), carry_out)


def _entered(person_id: UUID, form: Any, title: str, carry_out: Any) -> ResponseReturnValue:
    """A form about one member: shown, carried out, and back to the member's card."""
    principal().demand("officer", "party")
    with reading() as session:
        person = get_person(session, person_id)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                said = carry_out(work)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(said, "success")
            return redirect(url_for(".show_person", person_id=person_id), 303)
    page = render_template("dues/form.html", form=form, person=person, title=title)
    return page, 422 if form.errors else 200

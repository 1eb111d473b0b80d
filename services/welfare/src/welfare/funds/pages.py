"""Staff pages of funds and their ledger."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from shared.principal import ALL_BODIES
from shared.refusal import Refused
from shared.web import (
    Column,
    Orders,
    body_choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.wording import body_name
from welfare.current import today
from welfare.funds import commands, queries
from welfare.funds.models import Fund, FundEntry
from welfare.lookups import names_of
from welfare.relief.forms import Given, YuanField
from welfare.relief.pages import fund_name
from welfare.relief.queries import applicants
from welfare.words import word

blueprint = Blueprint("funds_pages", __name__, url_prefix="/funds", template_folder="templates")
ORDERS = Orders(
    "code",
    code=Fund.code,
    budget=Fund.budget,
    reserved=Fund.reserved,
    spent=Fund.spent,
    left=Fund.budget - Fund.reserved - Fund.spent,
)
OF_A_LEDGER = Orders(day=FundEntry.day, amount=FundEntry.amount)


class FundForm(FlaskForm):  # type: ignore[misc]
    code = StringField(
        _l("Code"),
        [InputRequired(), Regexp(r"[a-z0-9][a-z0-9-]{1,39}\Z")],
        description=_l("Small letters, digits and hyphens; it cannot be changed."),
    )
    name_zh = StringField(_l("Name in Chinese"), [InputRequired(), Length(max=120)])
    name_en = StringField(_l("Name in English"), [InputRequired(), Length(max=120)])
    body = SelectField(_l("Body"), [InputRequired()])
    budget = YuanField(_l("Budget, in yuan"), [Given()])


class BudgetForm(FlaskForm):  # type: ignore[misc]
    amount = YuanField(_l("Added, in yuan"), [Given()])


@blueprint.get("/")
@requires("viewer")
def list_funds() -> ResponseReturnValue:
    found = queries.list_funds(principal())
    if answer := exported("funds", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template("funds/list.html", page=paginate(session, found, orders=ORDERS), fund_name=fund_name)


def _columns(_session: Session, _rows: Sequence[Fund]) -> list[Column]:
    return [
        Column(gettext("Fund"), fund_name),
        Column(gettext("Code"), lambda fund: fund.code),
        Column(gettext("Body"), lambda fund: body_name(fund.body)),
        Column(gettext("Budget"), lambda fund: fund.budget),
        Column(gettext("Reserved"), lambda fund: fund.reserved),
        Column(gettext("Spent"), lambda fund: fund.spent),
        Column(gettext("Left"), lambda fund: fund.available),
    ]


@blueprint.get("/<uuid:fund_id>")
@requires("viewer")
def show_fund(fund_id: UUID) -> ResponseReturnValue:
    """The fund with its ledger, newest line first."""
    with reading() as session:
        fund = queries.find_fund(session, fund_id, principal())
    found = queries.ledger(principal(), fund_id)
    if answer := exported(f"fund-{fund.code}", found, _ledger_columns, orders=OF_A_LEDGER):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=OF_A_LEDGER)
        cases = _cases(session, page.items)
        return render_template(
            "funds/show.html",
            fund=fund,
            page=page,
            fund_name=fund_name,
            cases=cases,
            names=names_of(session, cases.values()),
            sees_all=len(principal().bodies()) == 4 or fund.body != ALL_BODIES,
        )


def _cases(session: Session, lines: Sequence[FundEntry]) -> Any:
    """Whose a line's case is, by case; cases that the reader may not know of are left out."""
    return applicants(session, principal(), [line.application_id for line in lines if line.application_id])


def _ledger_columns(session: Session, lines: Sequence[FundEntry]) -> list[Column]:
    cases = _cases(session, lines)
    names = names_of(session, cases.values())
    return [
        Column(gettext("Day"), lambda line: line.day),
        Column(gettext("What"), lambda line: " · ".join(word(one) for one in (line.kind, line.reason) if one)),
        Column(gettext("For"), lambda line: names.get(cases.get(line.application_id))),
        Column(gettext("Body"), lambda line: body_name(line.body)),
        Column(gettext("By"), lambda line: line.by_name),
        Column(gettext("Amount"), lambda line: line.amount),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("admin")
def new_fund() -> ResponseReturnValue:
    form = FundForm()
    everything = (ALL_BODIES,) if principal().allows("admin", ALL_BODIES) else ()
    form.body.choices = body_choices((*everything, *principal().bodies("admin")))

    def carry_out(work: Any) -> Any:
        return commands.create_fund(
            work,
            code=form.code.data,
            name_zh=form.name_zh.data,
            name_en=form.name_en.data,
            body=form.body.data,
            budget=form.budget.data,
            day=today(),
        )

    return _form(form, "funds/new.html", carry_out, gettext("The fund is set up."))


@blueprint.route("/<uuid:fund_id>/budget", methods=["GET", "POST"])
@requires("admin")
def add_budget(fund_id: UUID) -> ResponseReturnValue:
    form = BudgetForm()
    with reading() as session:
        fund = queries.find_fund(session, fund_id, principal())

    def carry_out(work: Any) -> Any:
        return commands.add_budget(work, fund_id, amount=form.amount.data, day=today())

    return _form(form, "funds/budget.html", carry_out, gettext("The budget is larger now."), fund=fund)


def _form(form: Any, template: str, carry_out: Any, done: str, **shown: Any) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                fund = carry_out(work)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(done, "success")
            return redirect(url_for(".show_fund", fund_id=fund.id), 303)
    return render_template(template, form=form, fund_name=fund_name, **shown), 422 if form.errors else 200

"""Staff pages about consents: the children for whom one is to be asked, recording one, withdrawing one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from membership.add_requests.visibility import sees_whole
from membership.consents.commands import record_consent, withdraw_consent
from membership.consents.queries import get_consent, without_consent
from membership.consents.rules import ConsentData
from membership.current import centre, today
from membership.households.queries import guardians_of
from membership.people.models import Person
from membership.people.queries import get_person
from membership.people.rules import age
from shared.refusal import NotFound, Refused
from shared.web import (
    Column,
    Orders,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)

blueprint = Blueprint("consents_pages", __name__, url_prefix="/consents", template_folder="templates")
ORDERS = Orders("name", name=Person.sort_key, born=Person.birth_on)


class ConsentForm(FlaskForm):  # type: ignore[misc]
    guardian_id = SelectField(_l("Given by"))
    given_on = DateField(_l("Given on"), [InputRequired()])
    paper = StringField(
        _l("Paper"), [InputRequired(), Length(max=120)], description=_l("Number or place by which it is found again.")
    )


class WithdrawalForm(FlaskForm):  # type: ignore[misc]
    withdrawn_on = DateField(_l("Withdrawn on"), [InputRequired()])


@blueprint.get("/")
@requires("viewer")
def list_missing() -> ResponseReturnValue:
    found = without_consent(principal(), today())
    if answer := exported("consents-missing", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        guardians = {one.id: guardians_of(session, one.id) for one in page.items}
        return render_template("consents/list.html", page=page, guardians=guardians, today=today(), age=age)


def _columns(session: Session, rows: Any) -> list[Column]:
    guardians = {one.id: guardians_of(session, one.id) for one in rows}
    return [
        Column(gettext("Name"), lambda one: one.name),
        Column(gettext("Age"), lambda one: age(one.birth_on, today())),
        Column(gettext("Guardians"), lambda one: "、".join(each.name for each in guardians[one.id])),
    ]


@blueprint.route("/new/<uuid:child_id>", methods=["GET", "POST"])
@requires("officer")
def new_consent(child_id: UUID) -> ResponseReturnValue:
    form = ConsentForm()
    with reading() as session:
        child = _child(session, child_id)
        form.guardian_id.choices = choices([(str(one.id), one.name) for one in guardians_of(session, child_id)])
    if form.validate_on_submit():
        consent = ConsentData(form.given_on.data, form.paper.data, UUID(form.guardian_id.data))
        try:
            with unit_of_work() as work:
                record_consent(work, child_id, consent, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The consent is recorded."), "success")
            return redirect(url_for("people_pages.show_person", person_id=child_id), 303)
    return render_template("consents/new.html", form=form, child=child), 422 if form.errors else 200


@blueprint.route("/<uuid:consent_id>/withdraw", methods=["GET", "POST"])
@requires("officer")
def withdraw(consent_id: UUID) -> ResponseReturnValue:
    form = WithdrawalForm(withdrawn_on=today())
    with reading() as session:
        consent = get_consent(session, consent_id)
        child = _child(session, consent.child_id)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                withdraw_consent(work, consent_id, form.withdrawn_on.data, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The consent is withdrawn; another one is to be asked for."), "success")
            return redirect(url_for("people_pages.show_person", person_id=child.id), 303)
    page = render_template("consents/withdraw.html", form=form, child=child, consent=consent)
    return page, 422 if form.errors else 200


def _child(session: Session, child_id: UUID) -> Person:
    """NotFound also for who does not see the whole record."""
    child = get_person(session, child_id)
    if not sees_whole(session, principal(), child_id, today()):
        raise NotFound("person")
    return child

"""Staff pages about add-requests: the list, asking, answering."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from membership.add_requests.commands import accept, decline, request_person, revoke, withdraw
from membership.add_requests.models import AddRequest
from membership.add_requests.queries import get_add_request, selection
from membership.add_requests.visibility import owners
from membership.current import centre, today
from membership.people.queries import get_person, name_order
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.texts import N_
from shared.web import (
    Column,
    Orders,
    body_choices,
    carried_out,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.wording import body_name

blueprint = Blueprint("add_requests_pages", __name__, url_prefix="/add-requests", template_folder="templates")
STATES = {
    "requested": (N_("Waiting for the owner"), "warn"),
    "accepted": (N_("Shared"), "good"),
    "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
    "revoked": (N_("Taken back"), "bad"),
    "expired": (N_("Run out"), "neutral"),
}


ORDERS = Orders(person=name_order(AddRequest.person_id), until=AddRequest.until)


class AskForm(FlaskForm):  # type: ignore[misc]
    body = SelectField(_l("For"))
    owner = SelectField(_l("Ask"))
    until = DateField(_l("Until"), [InputRequired()], description=_l("The last day, within a year."))
    reason = TextAreaField(_l("Reason"), [InputRequired()], description=_l("The owner reads it. 5 to 300 characters."))


class AnswerForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    note = TextAreaField(_l("Reason"), [InputRequired()])


@blueprint.get("/")
@requires("viewer")
def list_requests() -> ResponseReturnValue:
    state = request.args.get("state")
    found = selection(principal(), state=state if state in STATES else None)
    if answer := exported("add-requests", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        return render_template("add_requests/list.html", page=page, states=STATES)


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Person"), lambda one: one.person.name),
        Column(gettext("Asked by"), lambda one: body_name(one.body)),
        Column(gettext("Owner"), lambda one: body_name(one.owner)),
        Column(gettext("Until"), lambda one: one.until),
        Column(gettext("State"), lambda one: gettext(STATES[one.state][0])),
    ]


@blueprint.route("/new/<uuid:person_id>", methods=["GET", "POST"])
@requires("officer")
def new_request(person_id: UUID) -> ResponseReturnValue:
    form = AskForm()
    with reading() as session:
        person = get_person(session, person_id)
        held = owners(session, principal(), [person_id], today()).get(person_id, set())
    form.body.choices = body_choices([one for one in principal().bodies("officer") if one not in held])
    form.owner.choices = body_choices(sorted(held))
    if request.method == "GET":
        form.until.data = today() + timedelta(days=90)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                made = request_person(
                    work,
                    person_id,
                    body=form.body.data,
                    owner=form.owner.data,
                    reason=form.reason.data,
                    until=form.until.data,
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The other body is asked."), "success")
            return redirect(url_for(".show_request", request_id=made.id), 303)
    return render_template("add_requests/new.html", form=form, person=person), 422 if form.errors else 200


@blueprint.get("/<uuid:request_id>")
@requires("viewer")
def show_request(request_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        one = get_add_request(session, request_id, principal())
        return render_template("add_requests/show.html", one=one, states=STATES)


@blueprint.post("/<uuid:request_id>/accept")
@requires("officer")
def accept_request(request_id: UUID) -> ResponseReturnValue:
    return _carried_out(request_id, "accept", gettext("The record is shared."))


@blueprint.post("/<uuid:request_id>/withdraw")
@requires("officer")
def withdraw_request(request_id: UUID) -> ResponseReturnValue:
    return _carried_out(request_id, "withdraw", gettext("The request is withdrawn."))


def _carried_out(request_id: UUID, what: str, said: str) -> ResponseReturnValue:
    with reading() as session:
        version = int(request.form.get("version") or get_add_request(session, request_id, principal()).version)
    with unit_of_work() as work:
        if what == "accept":
            accept(work, request_id, version=version, centre=centre())
        else:
            withdraw(work, request_id, version=version)
    flash(said, "success")
    return redirect(url_for(".show_request", request_id=request_id), 303)


@blueprint.route("/<uuid:request_id>/refuse", methods=["GET", "POST"])
@requires("officer")
def refuse_request(request_id: UUID) -> ResponseReturnValue:
    """Declines what waits, and takes back what is shared."""
    form = AnswerForm()
    with reading() as session:
        one = get_add_request(session, request_id, principal())
        if request.method == "GET":
            form.version.data = str(one.version)

    def carry_out(work: UnitOfWork, version: int) -> None:
        command = revoke if one.state == "accepted" else decline
        command(work, request_id, form.note.data, version=version)

    back = url_for(".show_request", request_id=request_id)
    done = carried_out(form, carry_out, gettext("The answer is noted."), back)
    if done is not None:
        return done
    return render_template("add_requests/refuse.html", form=form, one=one), 422 if form.errors else 200

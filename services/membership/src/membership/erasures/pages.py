"""Staff pages about erasures: the list, asking for one, what stands against it, deciding."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired

from membership.acknowledgements.queries import answers
from membership.acknowledgements.wording import COUNT_NAMES
from membership.current import centre
from membership.erasures.commands import ask_again, confirm_erasure, decline_erasure, request_erasure, withdraw_erasure
from membership.erasures.models import Erasure
from membership.erasures.queries import get_erasure, open_here, selection, standing_against
from membership.erasures.rules import reasons_here
from membership.people.queries import get_people, get_person, name_order
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.texts import N_
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

blueprint = Blueprint("erasures_pages", __name__, url_prefix="/erasures", template_folder="templates")
STATES = {
    "requested": (N_("Waiting for a second person"), "warn"),
    "done": (N_("Erased"), "bad"),
    "declined": (N_("Declined"), "neutral"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}


ORDERS = Orders(person=name_order(Erasure.person_id), by=Erasure.requested_by_name, asked=Erasure.requested_at)


class RequestForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"), [InputRequired()], description=_l("It stays when the person is gone: no names in it.")
    )


class VersionForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()


class DeclineForm(VersionForm):
    note = TextAreaField(_l("Reason"), [InputRequired()])


@blueprint.get("/")
@requires("officer")
def list_erasures() -> ResponseReturnValue:
    state = request.args.get("state")
    found = selection(state=state if state in STATES else None)
    if answer := exported("erasures", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        people = {one.id: one for one in get_people(session, [one.person_id for one in page.items])}
        return render_template("erasures/list.html", page=page, people=people, states=STATES)


def _columns(session: Session, rows: Any) -> list[Column]:
    names = {one.id: one.name for one in get_people(session, [row.person_id for row in rows])}
    return [
        Column(gettext("Person"), lambda one: names.get(one.person_id, "")),
        Column(gettext("Reason"), lambda one: one.reason),
        Column(gettext("Asked for by"), lambda one: one.requested_by_name),
        Column(gettext("Asked for"), lambda one: one.requested_at),
        Column(gettext("State"), lambda one: gettext(STATES[one.state][0])),
        Column(gettext("Decided by"), lambda one: one.decided_by_name),
        Column(gettext("Decided"), lambda one: one.decided_at),
    ]


@blueprint.route("/new/<uuid:person_id>", methods=["GET", "POST"])
@requires("officer")
def new_erasure(person_id: UUID) -> ResponseReturnValue:
    form = RequestForm()
    with reading() as session:
        person = get_person(session, person_id)
        standing = reasons_here(open_here(session, person_id), principal())
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                erasure = request_erasure(work, person_id, form.reason.data, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The erasure is asked for; the other services are asked what is open there."), "success")
            return redirect(url_for(".show_erasure", erasure_id=erasure.id), 303)
    page = render_template("erasures/new.html", form=form, person=person, standing=standing)
    return page, 422 if form.errors else 200


@blueprint.get("/<uuid:erasure_id>")
@requires("officer")
def show_erasure(erasure_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        erasure = get_erasure(session, erasure_id)
        waiting = erasure.state == "requested"
        matter = ("erasure", erasure.person_id) if erasure.state == "done" else ("check", erasure.id)
        return render_template(
            "erasures/show.html",
            erasure=erasure,
            people=get_people(session, [erasure.person_id]),
            states=STATES,
            standing=standing_against(session, erasure, principal()) if waiting else [],
            answers=answers(session, *matter),
            count_names=COUNT_NAMES,
        )


@blueprint.post("/<uuid:erasure_id>/check")
@requires("officer")
def check(erasure_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        ask_again(work, erasure_id)
    flash(gettext("The other services are asked again."), "success")
    return redirect(url_for(".show_erasure", erasure_id=erasure_id), 303)


@blueprint.route("/<uuid:erasure_id>/confirm", methods=["GET", "POST"])
@requires("manager")
def confirm(erasure_id: UUID) -> ResponseReturnValue:
    form = VersionForm()
    with reading() as session:
        erasure = get_erasure(session, erasure_id)
        [person] = get_people(session, [erasure.person_id])
        standing = standing_against(session, erasure, principal())
        if request.method == "GET":
            form.version.data = str(erasure.version)
    if form.validate_on_submit():
        with unit_of_work() as work:
            confirm_erasure(work, erasure_id, version=int(form.version.data or 0), centre=centre())
        flash(gettext("The person is erased; the other services follow."), "success")
        return redirect(url_for(".show_erasure", erasure_id=erasure_id), 303)
    return render_template("erasures/confirm.html", form=form, erasure=erasure, person=person, standing=standing)


@blueprint.route("/<uuid:erasure_id>/decline", methods=["GET", "POST"])
@requires("manager")
def decline(erasure_id: UUID) -> ResponseReturnValue:
    form = DeclineForm()
    with reading() as session:
        erasure = get_erasure(session, erasure_id)
        if request.method == "GET":
            form.version.data = str(erasure.version)

    def carry_out(work: UnitOfWork, version: int) -> None:
        decline_erasure(work, erasure_id, form.note.data, version=version)

    done = carried_out(form, carry_out, gettext("The person stays."), url_for(".show_erasure", erasure_id=erasure_id))
    if done is not None:
        return done
    return render_template("erasures/decline.html", form=form, erasure=erasure), 422 if form.errors else 200


@blueprint.post("/<uuid:erasure_id>/withdraw")
@requires("officer")
def withdraw(erasure_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        version = get_erasure(session, erasure_id).version
    with unit_of_work() as work:
        withdraw_erasure(work, erasure_id, version=version)
    flash(gettext("The request is withdrawn."), "success")
    return redirect(url_for(".show_erasure", erasure_id=erasure_id), 303)

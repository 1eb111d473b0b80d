"""Staff pages about floating members, with the statement that goes back home."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.current import argument_id, centre, today
from membership.floating.commands import close_stay, confirm_other_end, file_statement, register_stay
from membership.floating.models import FloatingStay
from membership.floating.queries import get_stay, selection
from membership.floating.rules import StatementData
from membership.floating.statement import statement_of, statement_pdf, statement_text
from membership.house import house
from membership.organisations.queries import choosable, party_name
from membership.people.naming import naming_text, one_named
from membership.people.queries import get_people, name_order
from membership.printing import day_in_words
from membership.transfers.forms import DayForm, StatementForm, StayForm
from shared.database import UnitOfWork
from shared.refusal import NotFound, Refused
from shared.texts import N_
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

blueprint = Blueprint("floating", __name__, url_prefix="/floating", template_folder="templates")
ORDERS = Orders(
    name=name_order(FloatingStay.person_id), since=FloatingStay.started_on, expected=FloatingStay.expected_until
)


@blueprint.get("/")
@requires("viewer")
def list_stays() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    state = request.args.get("state") or "open"
    query = selection(state=None if state == "all" else state, text=request.args.get("q"), today=today())
    if answer := exported("floating", query, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "floating/list.html",
            page=paginate(session, query, orders=ORDERS),
            today=today(),
            least_months=house().floating_months,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Name"), lambda one: one.person.name),
        Column(gettext("Home"), lambda one: one.home_name(language())),
        Column(gettext("Takes part in"), lambda one: one.host_name(language())),
        Column(gettext("Away since"), lambda one: one.started_on),
        Column(gettext("Expected until"), lambda one: one.expected_until),
        Column(gettext("Ended on"), lambda one: one.ended_on),
        Column(gettext("State"), _state),
    ]


def _state(stay: FloatingStay) -> str:
    if stay.ended_on:
        return gettext("Over")
    both = stay.home_registered_on and stay.host_registered_on
    return gettext("Both ends registered") if both else gettext("The other end is missing")


@blueprint.get("/<uuid:stay_id>")
@requires("viewer")
def show_stay(stay_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        stay = _visible(session, stay_id)
        attended = statement_of(session, stay, today(), centre().zone) if stay.host_organisation_id else None
        return render_template("floating/show.html", stay=stay, attended=attended, today=today())


@blueprint.get("/<uuid:stay_id>/statement")
@requires("viewer")
def statement(stay_id: UUID) -> ResponseReturnValue:
    """What the member attended here, to print for the branch at home."""
    with reading() as session:
        made = statement_of(session, _here(session, stay_id), today(), centre().zone)
        return render_template(
            "floating/statement.html",
            statement=made,
            text=statement_text(made, party_name(session)),
            printed_on=day_in_words(today()),
        )


@blueprint.get("/<uuid:stay_id>/statement.pdf")
@requires("viewer")
def statement_paper(stay_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        made = statement_of(session, _here(session, stay_id), today(), centre().zone)
        content = statement_pdf(made, party_name(session), today())
    headers = {"Content-Disposition": f'attachment; filename="attendance-{made.first}-{made.last}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_stay() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = StayForm()
    person_id = argument_id("person")
    with reading() as session:
        hosts = [one.organisation for one in choosable(session)]
        hosts = [one for one in hosts if one.kind in ("party-branch", "station")]
        offered = [("", gettext("— elsewhere —")), *((str(one.id), one.name(language())) for one in hosts)]
        form.host_organisation_id.choices = choices(offered)
        if request.method == "GET":
            form.started_on.data = today()
            if person_id:
                form.person.data = ", ".join(naming_text(one) for one in get_people(session, [person_id]))
    if form.validate_on_submit():
        host = form.host_organisation_id.data
        try:
            with unit_of_work() as work:
                stay = register_stay(
                    work,
                    one_named(work.session, form.person.data, "person").id,
                    host_organisation_id=UUID(host) if host else None,
                    host_place=form.host_place.data,
                    home_place=form.home_place.data,
                    started_on=form.started_on.data,
                    expected_until=form.expected_until.data,
                    note=form.note.data or "",
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The floating member is registered; the other end registers, too."), "success")
            return redirect(url_for(".show_stay", stay_id=stay.id), 303)
    return render_template("floating/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:stay_id>/confirm", methods=["GET", "POST"])
@requires("officer")
def confirm(stay_id: UUID) -> ResponseReturnValue:
    title = gettext("When did the other end register the member?")
    return _dated(stay_id, title, confirm_other_end, gettext("Both ends are registered."))


@blueprint.route("/<uuid:stay_id>/close", methods=["GET", "POST"])
@requires("officer")
def close(stay_id: UUID) -> ResponseReturnValue:
    return _dated(stay_id, gettext("When did the stay end?"), close_stay, gettext("The stay is over."))


@blueprint.route("/<uuid:stay_id>/statements", methods=["GET", "POST"])
@requires("officer")
def new_statement(stay_id: UUID) -> ResponseReturnValue:
    """What a host elsewhere wrote about a member of ours."""
    principal().demand("officer", "party")
    form = StatementForm()

    def carry_out(work: UnitOfWork, _version: int) -> None:
        data = StatementData(
            form.first_on.data,
            form.last_on.data,
            form.received_on.data,
            form.attended.data,
            form.place.data,
            form.note.data or "",
        )
        file_statement(work, stay_id, data, centre=centre())

    done = carried_out(form, carry_out, gettext("The statement is filed."), url_for(".show_stay", stay_id=stay_id))
    if done is not None:
        return done
    with reading() as session:
        stay = _visible(session, stay_id)
        if request.method == "GET":
            form.version.data, form.received_on.data = str(stay.version), today()
            form.first_on.data, form.place.data = stay.started_on, stay.host_place
        page = render_template("floating/filed.html", form=form, stay=stay)
    return page, 422 if form.errors else 200


def _dated(stay_id: UUID, title: str, command: Any, said: str) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = DayForm()

    def carry_out(work: UnitOfWork, version: int) -> None:
        command(work, stay_id, form.on.data, version=version, centre=centre())

    done = carried_out(form, carry_out, said, url_for(".show_stay", stay_id=stay_id))
    if done is not None:
        return done
    with reading() as session:
        stay = _visible(session, stay_id)
        if request.method == "GET":
            form.version.data, form.on.data = str(stay.version), today()
        page = render_template("floating/day.html", form=form, stay=stay, title=title)
    return page, 422 if form.errors else 200


def _here(session: Any, stay_id: UUID) -> FloatingStay:
    """A stay whose host is here; of who is away from here the host makes the statement."""
    stay = _visible(session, stay_id)
    if stay.host_organisation_id is None:
        raise NotFound(N_("statement"))
    return stay


def _visible(session: Any, stay_id: UUID) -> FloatingStay:
    if not principal().allows("viewer", "party"):
        raise NotFound(N_("floating member"))
    return get_stay(session, stay_id)

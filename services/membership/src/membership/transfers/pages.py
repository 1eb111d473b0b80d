"""Staff pages about transfers, the letter as a page and a PDF, and the public page that says whether it is genuine."""

from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.current import argument_id, centre, today
from membership.development.pages import branches
from membership.organisations.queries import party_name
from membership.people.naming import naming_text, one_named
from membership.people.queries import get_people
from membership.transfers.commands import accept_transfer, request_transfer, return_transfer
from membership.transfers.forms import AcceptForm, ReturnForm, TransferForm
from membership.transfers.letter import letter_pdf, letter_text
from membership.transfers.models import Transfer
from membership.transfers.queries import by_code, get_transfer, letter_state, selection
from membership.transfers.wording import STATES
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
    public,
    reading,
    requires,
    runtime,
    unit_of_work,
)
from shared.web.languages import language

blueprint = Blueprint("transfers_pages", __name__, url_prefix="/transfers", template_folder="templates")
ORDERS = Orders(requested=Transfer.requested_on, letter=Transfer.letter_number)
letters = Blueprint("letters", __name__, url_prefix="/letters", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def list_transfers() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    state = request.args.get("state")
    query = selection(state=state if state in STATES else None, text=request.args.get("q"))
    if answer := exported("transfers", query, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "transfers/list.html",
            page=paginate(session, query, orders=ORDERS),
            states=STATES,
            today=today(),
            letter_state=letter_state,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Name"), lambda one: one.person.name),
        Column(gettext("Comes from"), lambda one: one.source_name(language())),
        Column(gettext("Goes to"), lambda one: one.target_name(language())),
        Column(gettext("Requested on"), lambda one: one.requested_on),
        Column(gettext("Letter"), lambda one: one.letter_number),
        Column(gettext("State"), lambda one: gettext(STATES[one.state][0])),
    ]


@blueprint.get("/<uuid:transfer_id>")
@requires("viewer")
def show_transfer(transfer_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        transfer = _visible(session, transfer_id)
        return render_template(
            "transfers/show.html",
            transfer=transfer,
            states=STATES,
            state=letter_state(transfer, today()),
            text=letter_text(transfer, party_name(session)),
            verify_url=_verify_url(transfer),
        )


@blueprint.get("/<uuid:transfer_id>/letter")
@requires("viewer")
def letter_page(transfer_id: UUID) -> ResponseReturnValue:
    """The letter and nothing else, to print from the browser."""
    with reading() as session:
        transfer = _visible(session, transfer_id)
        return render_template(
            "transfers/letter.html",
            transfer=transfer,
            text=letter_text(transfer, party_name(session)),
            verify_url=_verify_url(transfer),
            state=letter_state(transfer, today()),
        )


@blueprint.get("/<uuid:transfer_id>/letter.pdf")
@requires("viewer")
def letter(transfer_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        transfer = _visible(session, transfer_id)
        content = letter_pdf(transfer, party_name(session), _verify_url(transfer))
    headers = {"Content-Disposition": f'attachment; filename="letter-{transfer.letter_number}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.get("/<uuid:transfer_id>/code.svg")
@requires("viewer")
def code(transfer_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        transfer = _visible(session, transfer_id)
    drawn = segno.make(_verify_url(transfer), error="m").svg_inline(scale=4, border=4, light="white")
    drawn = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(drawn, mimetype="image/svg+xml")


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_transfer() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = TransferForm()
    person_id = argument_id("person")
    with reading() as session:
        offered = [("", gettext("— elsewhere —")), *((str(one.id), one.name(language())) for one in branches(session))]
        form.to_organisation_id.choices = choices(offered)
        if request.method == "GET":
            form.requested_on.data = today()
            if person_id:
                form.person.data = ", ".join(naming_text(one) for one in get_people(session, [person_id]))
    if form.validate_on_submit():
        target = form.to_organisation_id.data
        try:
            with unit_of_work() as work:
                transfer = request_transfer(
                    work,
                    one_named(work.session, form.person.data, "person").id,
                    to_organisation_id=UUID(target) if target else None,
                    to_place=form.to_place.data,
                    from_place=form.from_place.data,
                    requested_on=form.requested_on.data,
                    note=form.note.data or "",
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The transfer is requested; the letter can be printed."), "success")
            return redirect(url_for(".show_transfer", transfer_id=transfer.id), 303)
    return render_template("transfers/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:transfer_id>/accept", methods=["GET", "POST"])
@requires("officer")
def accept(transfer_id: UUID) -> ResponseReturnValue:
    form = AcceptForm()

    def carry_out(work: Any, version: int) -> None:
        accept_transfer(work, transfer_id, form.accepted_on.data, version=version, centre=centre())

    return _decided(transfer_id, form, "transfers/accept.html", carry_out, gettext("The transfer is accepted."))


@blueprint.route("/<uuid:transfer_id>/return", methods=["GET", "POST"])
@requires("officer")
def give_back(transfer_id: UUID) -> ResponseReturnValue:
    form = ReturnForm()

    def carry_out(work: Any, version: int) -> None:
        withdrawn = form.withdrawn.data == "yes"
        return_transfer(work, transfer_id, form.note.data, version=version, withdrawn=withdrawn)

    return _decided(transfer_id, form, "transfers/return.html", carry_out, gettext("The member stays where they are."))


def _decided(transfer_id: UUID, form: Any, template: str, carry_out: Any, said: str) -> ResponseReturnValue:
    principal().demand("officer", "party")
    done = carried_out(form, carry_out, said, url_for(".show_transfer", transfer_id=transfer_id))
    if done is not None:
        return done
    with reading() as session:
        transfer = _visible(session, transfer_id)
        if request.method == "GET":
            form.version.data = str(transfer.version)
            if "accepted_on" in form:
                form.accepted_on.data = today()
        page = render_template(template, form=form, transfer=transfer)
    return page, 422 if form.errors else 200


@letters.get("/<code>")
@public
def verify(code: str) -> ResponseReturnValue:
    """Whether a letter is genuine, for whoever holds it: number, state and validity, and only part of the name."""
    with reading() as session:
        transfer = by_code(session, code)
        if transfer is None:
            return render_template("transfers/verify.html", transfer=None), 404
        return render_template(
            "transfers/verify.html",
            transfer=transfer,
            name=transfer.person.name[:1] + "*" * (len(transfer.person.name) - 1),
            states=STATES,
            state=letter_state(transfer, today()),
        )


def _visible(session: Any, transfer_id: UUID) -> Transfer:
    if not principal().allows("viewer", "party"):
        raise NotFound(N_("transfer"))
    return get_transfer(session, transfer_id)


def _verify_url(transfer: Transfer) -> str:
    base = (runtime().settings.public_url or request.host_url).rstrip("/")
    return f"{base}/letters/{transfer.verify_code}"

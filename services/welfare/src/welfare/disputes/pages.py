"""Staff pages of disputes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shared.refusal import NotFound, Refused
from shared.web import (
    Column,
    Orders,
    body_choices,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.wording import body_name
from welfare.choosing.pages import chosen
from welfare.confidential.texts import parts_written, read_text
from welfare.current import keys, today
from welfare.disputes import commands, queries
from welfare.disputes.forms import DisputeForm, GiveUpForm, SessionForm, SettleForm
from welfare.disputes.models import Dispute
from welfare.disputes.rules import KINDS, STATES
from welfare.history import timeline_of
from welfare.lookups import names_of
from welfare.words import pairs, word

blueprint = Blueprint("disputes_pages", __name__, url_prefix="/disputes", template_folder="templates")
ORDERS = Orders(opened=Dispute.opened_on)


@blueprint.get("/")
@requires("viewer")
def list_disputes() -> ResponseReturnValue:
    """Newest first; the filters live in the address."""
    state, kind = request.args.get("state"), request.args.get("kind")
    found = queries.list_disputes(
        principal(),
        body=request.args.get("body"),
        state=state if state in STATES else None,
        kind=kind if kind in KINDS else None,
        words=request.args.get("q"),
    )
    if answer := exported("disputes", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        names = names_of(session, [one for dispute in page.items for one in dispute.person_ids])
        return render_template("disputes/list.html", page=page, names=names, bodies=principal().bodies())


def _columns(session: Session, rows: Sequence[Dispute]) -> list[Column]:
    names = names_of(session, [one for dispute in rows for one in dispute.person_ids])
    unknown = gettext("unknown person")
    return [
        Column(
            gettext("Between"),
            lambda row: gettext(", ").join(names.get(one, unknown) for one in row.person_ids),
        ),
        Column(gettext("Body"), lambda row: body_name(row.body)),
        Column(gettext("About"), lambda row: word(row.kind)),
        Column(gettext("Taken up on"), lambda row: row.opened_on),
        Column(gettext("Ended on"), lambda row: row.closed_on),
        Column(gettext("Sessions"), lambda row: len(row.sessions)),
        Column(gettext("State"), lambda row: word(row.state)),
    ]


@blueprint.get("/<uuid:dispute_id>")
@requires("viewer")
def show_dispute(dispute_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        dispute = queries.find_dispute(session, dispute_id, principal())
        return render_template("disputes/show.html", **_shown(session, dispute))


@blueprint.post("/<uuid:dispute_id>/texts/<any(matter, terms):part>")
@requires("officer")
def show_text(dispute_id: UUID, part: str) -> ResponseReturnValue:
    """The same page with its matter or its terms opened."""
    with unit_of_work() as work:
        text = read_text(work, keys(), "disputes", dispute_id, part)
        dispute = queries.find_dispute(work.session, dispute_id, principal())
        return render_template("disputes/show.html", **_shown(work.session, dispute, {part: text}))


@blueprint.post("/<uuid:dispute_id>/sessions/<uuid:session_id>/note")
@requires("officer")
def show_note(dispute_id: UUID, session_id: UUID) -> ResponseReturnValue:
    """The same page with the note of a session opened."""
    with unit_of_work() as work:
        dispute = queries.find_dispute(work.session, dispute_id, principal())
        if session_id not in [one.id for one in dispute.sessions]:
            raise NotFound("note")
        text = read_text(work, keys(), "mediation_sessions", session_id, "note")
        return render_template("disputes/show.html", **_shown(work.session, dispute, {session_id: text}))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_dispute() -> ResponseReturnValue:
    people = chosen()
    if not people:
        return redirect(url_for("choosing.choose", form="dispute"))
    form = DisputeForm()
    form.body.choices = body_choices(principal().bodies("officer"))
    form.kind.choices = choices(pairs(KINDS))
    if request.method == "GET":
        form.opened_on.data = today()
    with reading() as session:
        names = names_of(session, people)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                dispute = commands.open_dispute(
                    work,
                    keys(),
                    body=form.body.data,
                    person_ids=people,
                    kind=form.kind.data,
                    opened_on=form.opened_on.data,
                    matter=form.matter.data,
                    today=today(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The dispute is taken up. Those it is between are told, in neutral words."), "success")
            return redirect(url_for(".show_dispute", dispute_id=dispute.id), 303)
    shown = [names.get(one, gettext("unknown person")) for one in people]
    answer = render_template("disputes/new.html", form=form, people=people, names=shown)
    return answer, 422 if form.errors else 200


@blueprint.route("/<uuid:dispute_id>/sessions/new", methods=["GET", "POST"])
@requires("officer")
def new_session(dispute_id: UUID) -> ResponseReturnValue:
    form = SessionForm()

    def carry_out(work: Any) -> None:
        commands.add_session(work, keys(), dispute_id, held_on=form.held_on.data, note=form.note.data, today=today())

    return _step(dispute_id, form, "disputes/session.html", carry_out, gettext("The session is written down."))


@blueprint.route("/<uuid:dispute_id>/settle", methods=["GET", "POST"])
@requires("officer")
def settle(dispute_id: UUID) -> ResponseReturnValue:
    form = SettleForm()

    def carry_out(work: Any) -> None:
        commands.settle_dispute(
            work, keys(), dispute_id, closed_on=form.closed_on.data, terms=form.terms.data, today=today()
        )

    return _step(dispute_id, form, "disputes/settle.html", carry_out, gettext("The dispute is settled."))


@blueprint.route("/<uuid:dispute_id>/give-up", methods=["GET", "POST"])
@requires("officer")
def give_up(dispute_id: UUID) -> ResponseReturnValue:
    form = GiveUpForm()

    def carry_out(work: Any) -> None:
        commands.give_up_dispute(work, dispute_id, closed_on=form.closed_on.data, today=today())

    return _step(dispute_id, form, "disputes/give_up.html", carry_out, gettext("Mediation is closed."))


def _step(
    dispute_id: UUID, form: Any, template: str, carry_out: Callable[[Any], None], done: str
) -> ResponseReturnValue:
    """A page that takes a dispute one step on."""
    if request.method == "GET":
        (form.held_on if "held_on" in form else form.closed_on).data = today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                carry_out(work)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(done, "success")
            return redirect(url_for(".show_dispute", dispute_id=dispute_id), 303)
    with reading() as session:
        dispute = queries.find_dispute(session, dispute_id, principal())
        principal().demand("officer", dispute.body)
        names = names_of(session, dispute.person_ids)
        return render_template(template, dispute=dispute, names=names, form=form), 422 if form.errors else 200


def _shown(session: Any, dispute: Any, opened: Mapping[Any, str] | None = None) -> dict[str, Any]:
    sessions = [one.id for one in dispute.sessions]
    written = parts_written(session, "disputes", [dispute.id], principal())
    noted = parts_written(session, "mediation_sessions", sessions, principal())
    subjects = [f"disputes/{dispute.id}", *(f"mediation_sessions/{one}" for one in sessions)]
    return {
        "dispute": dispute,
        "names": names_of(session, dispute.person_ids),
        "parts": {part for _case, part in written},
        "noted": {case for case, _part in noted},
        "opened": opened or {},
        "entries": timeline_of(session, subjects),
        "may_write": principal().allows("officer", dispute.body),
    }

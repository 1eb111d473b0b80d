"""Staff pages about the archive room: the register, one paper, lending, taking back and disposing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from membership.archive.commands import decide_disposal, enter_paper, lend_paper, propose_disposal, take_back
from membership.archive.models import ArchivePaper
from membership.archive.queries import get_paper, proposed_disposals, selection, state_of
from membership.archive.rules import RETENTION, STATES, PaperData
from membership.current import argument_id, centre, today
from membership.history import history
from membership.house import house
from membership.organisations.queries import choosable
from membership.people.naming import one_named
from shared.refusal import Refused
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

blueprint = Blueprint("archive", __name__, url_prefix="/archive", template_folder="templates")
ORDERS = Orders(
    number=ArchivePaper.number,
    title=ArchivePaper.title,
    dated=ArchivePaper.dated_on,
    place=ArchivePaper.place,
    kept=ArchivePaper.keep_until,
)


class PaperForm(FlaskForm):  # type: ignore[misc]
    """``organisation_id`` and ``retention`` get their choices from the page."""

    organisation_id = SelectField(_l("Organisation"))
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    dated_on = DateField(_l("Dated"), [InputRequired()])
    place = StringField(_l("Place"), [InputRequired(), Length(max=120)], description=_l("Shelf, box, folder."))
    retention = SelectField(
        _l("Kept for"), description=_l("Counted from the end of the year in which the paper was made.")
    )


class LendForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    person = StringField(_l("Lent to"), [InputRequired()], description=_l("Name or phone."))
    lent_on = DateField(_l("Lent on"), [InputRequired()])
    due_on = DateField(_l("Due back on"), [InputRequired()])
    purpose = StringField(_l("Purpose"), [Length(max=200)])


class BackForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    returned_on = DateField(_l("Returned on"), [InputRequired()])


class ProposeForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()


class DecideForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    consent = RadioField(
        _l("Decision"),
        [InputRequired()],
        choices=choices([("yes", _l("Dispose of it")), ("no", _l("Put it back to its place"))]),
    )


@blueprint.get("/")
@requires("viewer")
def list_papers() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    state = request.args.get("state")
    query = selection(
        today(),
        text=request.args.get("q"),
        organisation_id=argument_id("organisation"),
        state=state if state in STATES else None,
    )
    if answer := exported("archive", query, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "archive/list.html",
            page=paginate(session, query, orders=ORDERS),
            proposed=proposed_disposals(session),
            organisations=[one.organisation for one in choosable(session, ["party"])],
            **_words(),
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Number"), lambda one: one.number),
        Column(gettext("Title"), lambda one: one.title),
        Column(gettext("Organisation"), lambda one: one.organisation.name(language())),
        Column(gettext("Dated"), lambda one: one.dated_on),
        Column(gettext("Place"), lambda one: one.place),
        Column(gettext("Kept until"), lambda one: one.keep_until or gettext("For ever")),
        Column(gettext("State"), lambda one: gettext(STATES[state_of(one, today())][0])),
        Column(gettext("Lent to"), lambda one: one.loan.person.name if one.loan else None),
        Column(gettext("Due back on"), lambda one: one.loan.due_on if one.loan else None),
    ]


@blueprint.get("/<uuid:paper_id>")
@requires("viewer")
def show_paper(paper_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        paper = get_paper(session, paper_id, principal())
        entries = history(session, "paper", paper_id)
        return render_template("archive/show.html", paper=paper, entries=entries, **_words())


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_paper() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = PaperForm()
    with reading() as session:
        offered = [one.organisation for one in choosable(session, ["party"])]
        form.organisation_id.choices = choices((str(one.id), one.name(language())) for one in offered)
    form.retention.choices = choices((code, gettext(RETENTION[code][0])) for code in RETENTION)
    if request.method == "GET":
        form.dated_on.data, form.organisation_id.data = today(), str(argument_id("organisation") or "")
    if form.validate_on_submit():
        data = PaperData(
            UUID(form.organisation_id.data), form.title.data, form.dated_on.data, form.place.data, form.retention.data
        )
        try:
            with unit_of_work() as work:
                paper = enter_paper(work, data, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The paper is entered as number %(number)s.", number=paper.number), "success")
            return redirect(url_for(".show_paper", paper_id=paper.id), 303)
    return render_template("archive/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:paper_id>/lend", methods=["GET", "POST"])
@requires("officer")
def lend(paper_id: UUID) -> ResponseReturnValue:
    form = LendForm()
    if request.method == "GET":
        form.lent_on.data, form.due_on.data = today(), today() + timedelta(days=house().loan_days)

    def carry_out(work: Any, version: int) -> None:
        lend_paper(
            work,
            paper_id,
            one_named(work.session, form.person.data, "person").id,
            lent_on=form.lent_on.data,
            due_on=form.due_on.data,
            purpose=form.purpose.data or "",
            version=version,
            centre=centre(),
        )

    return _done(paper_id, form, "archive/lend.html", carry_out, gettext("The paper is lent."))


@blueprint.route("/<uuid:paper_id>/return", methods=["GET", "POST"])
@requires("officer")
def give_back(paper_id: UUID) -> ResponseReturnValue:
    form = BackForm()
    if request.method == "GET":
        form.returned_on.data = today()

    def carry_out(work: Any, version: int) -> None:
        take_back(work, paper_id, form.returned_on.data, version=version, centre=centre())

    return _done(paper_id, form, "archive/return.html", carry_out, gettext("The paper is back in its place."))


@blueprint.route("/<uuid:paper_id>/propose", methods=["GET", "POST"])
@requires("officer")
def propose(paper_id: UUID) -> ResponseReturnValue:
    def carry_out(work: Any, version: int) -> None:
        propose_disposal(work, paper_id, version=version, centre=centre())

    said = gettext("The disposal is proposed; a second person consents.")
    return _done(paper_id, ProposeForm(), "archive/propose.html", carry_out, said)


@blueprint.route("/<uuid:paper_id>/decide", methods=["GET", "POST"])
@requires("officer")
def decide(paper_id: UUID) -> ResponseReturnValue:
    form = DecideForm()

    def carry_out(work: Any, version: int) -> None:
        decide_disposal(work, paper_id, consent=form.consent.data == "yes", version=version, centre=centre())

    return _done(paper_id, form, "archive/decide.html", carry_out, gettext("The decision is noted."))


def _done(
    paper_id: UUID, form: Any, template: str, carry_out: Callable[[Any, int], None], said: str
) -> ResponseReturnValue:
    principal().demand("officer", "party")
    done = carried_out(form, carry_out, said, url_for(".show_paper", paper_id=paper_id))
    if done is not None:
        return done
    with reading() as session:
        paper = get_paper(session, paper_id, principal())
        if request.method == "GET":
            form.version.data = str(paper.version)
        page = render_template(template, form=form, paper=paper)
    return page, 422 if form.errors else 200


def _words() -> dict[str, Any]:
    return {"states": STATES, "retention": RETENTION, "state_of": state_of, "today": today()}

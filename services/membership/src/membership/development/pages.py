"""Staff pages about development files: the list, one file with what is behind and ahead, and opening one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.ballots.queries import ballots_of
from membership.current import argument_date, argument_id, centre, today
from membership.development.commands import open_file
from membership.development.figures import figures, reminders
from membership.development.forms import FileForm
from membership.development.models import DevelopmentFile
from membership.development.pack import STAGES, pack_on, packs
from membership.development.queries import ahead, get_file, selection
from membership.development.wording import DUE_NAMES, PAPER_NAMES, PART_NAMES, STAGE_NAMES, STEP_NAMES
from membership.history import history
from membership.organisations.models import Organisation
from membership.organisations.queries import choosable
from membership.people.naming import naming_text, one_named
from membership.people.queries import get_people, name_order
from shared.refusal import Refused
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
from shared.web.languages import language

blueprint = Blueprint("development", __name__, url_prefix="/development", template_folder="templates")
ORDERS = Orders(name=name_order(DevelopmentFile.person_id), opened=DevelopmentFile.opened_on)
WORDS = {
    "step_names": STEP_NAMES,
    "paper_names": PAPER_NAMES,
    "stage_names": STAGE_NAMES,
    "due_names": DUE_NAMES,
    "part_names": PART_NAMES,
}


@blueprint.get("/")
@requires("viewer")
def list_files() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    stage, state = request.args.get("stage"), request.args.get("state", "open")
    found = selection(
        text=request.args.get("q"),
        stage=stage if stage in STAGES else None,
        state=state if state in ("open", "full", "closed") else None,
        organisation_id=argument_id("organisation"),
    )
    if answer := exported("development", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "development/list.html",
            page=paginate(session, found, orders=ORDERS),
            stages=STAGES,
            branches=branches(session),
            today=today(),
            **WORDS,
        )


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Name"), lambda file: file.person.name),
        Column(gettext("Party branch"), lambda file: file.organisation.name(language())),
        Column(gettext("Stage"), lambda file: gettext(STAGE_NAMES[file.stage])),
        Column(gettext("Opened"), lambda file: file.opened_on),
        Column(
            gettext("Due next"), lambda file: gettext(DUE_NAMES[file.deadlines[0].kind]) if file.deadlines else None
        ),
        Column(gettext("Due on"), lambda file: file.deadlines[0].due_on if file.deadlines else None),
        Column(gettext("Closed"), lambda file: file.closed_on),
    ]


@blueprint.get("/<uuid:file_id>")
@requires("viewer")
def show_file(file_id: UUID) -> ResponseReturnValue:
    start = argument_date("from") or today()
    with reading() as session:
        file = get_file(session, file_id, principal())
        return render_template(
            "development/show.html",
            file=file,
            plan=ahead(session, file, max(start, today())),
            start=start,
            pack=pack_on(today()),
            ballots=ballots_of(session, file_id),
            stages=STAGES,
            entries=history(session, "development", file_id),
            today=today(),
            **WORDS,
        )


@blueprint.get("/rules")
@requires("viewer")
def show_rules() -> ResponseReturnValue:
    """The packs side by side with what differs, so that nobody has to guess by what a step was judged."""
    return render_template("development/rules.html", packs=packs(), figures=figures, reminders=reminders, **WORDS)


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_file() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = FileForm()
    person_id = argument_id("person")
    with reading() as session:
        form.organisation.choices = choices((str(one.id), one.name(language())) for one in branches(session))
        if request.method == "GET":
            form.received_on.data = today()
            if person_id:
                form.person.data = ", ".join(naming_text(one) for one in get_people(session, [person_id]))
    form.offer(["application-letter"], frozenset())
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                file = open_file(
                    work,
                    person_id=one_named(work.session, form.person.data, "person").id,
                    organisation_id=UUID(form.organisation.data),
                    received_on=form.received_on.data,
                    papers=form.chosen(form.received_on.data),
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The application is on file."), "success")
            return redirect(url_for(".show_file", file_id=file.id), 303)
    return render_template("development/new.html", form=form), 422 if form.errors else 200


def branches(session: Session) -> list[Organisation]:
    found = choosable(session, ["party"])
    return [one.organisation for one in found if one.organisation.kind == "party-branch"]

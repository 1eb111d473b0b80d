"""Staff pages that add to a development file: a step, a ballot, a paper, its closing."""

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from membership.ballots.queries import members_due
from membership.ballots.rules import Votes
from membership.current import argument_date, centre, today
from membership.development.commands import (
    PaperData,
    StepData,
    add_paper,
    close_file,
    enter_vote,
    record_step,
    vote_step,
)
from membership.development.forms import CloseForm, PaperForm, StepForm, VoteForm
from membership.development.pack import pack_on
from membership.development.pages import WORDS
from membership.development.queries import get_file, state_of
from membership.development.wording import PAPER_NAMES
from membership.people.naming import named
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.web import carried_out, choices, fill_errors, principal, reading, requires, unit_of_work

blueprint = Blueprint("development_steps", __name__, url_prefix="/development", template_folder="templates")


def _back(file_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("development.show_file", file_id=file_id), 303)


@blueprint.route("/<uuid:file_id>/steps/<step_code>", methods=["GET", "POST"])
@requires("officer")
def take_step(file_id: UUID, step_code: str) -> ResponseReturnValue:
    step = pack_on(today()).steps.get(step_code)
    if step is None:
        abort(404)
    if step.vote:
        return redirect(url_for(".vote", file_id=file_id), 303)
    form = StepForm()
    form.fit(step)
    with reading() as session:
        file = get_file(session, file_id, principal())
        principal().demand("officer", "party")
        person, there = file.person.name, state_of(file).papers
        if request.method == "GET":
            form.version.data, form.held_on.data = str(file.version), today()
    form.offer(step.papers, there)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                people, unclear = named(work.session, form.people.data or "", "people") if form.people else ([], [])
                if unclear:
                    raise Refused.many(unclear)
                data = StepData(
                    step_code,
                    form.held_on.data,
                    passed=form.passed.data == "yes",
                    people=tuple(one.id for one in people),
                    days=form.days.data if form.days else None,
                    hours=form.hours.data if form.hours else None,
                    months=form.months.data if form.months else None,
                    special_reason=form.special_reason.data if form.special_reason else None,
                    note=form.note.data or "",
                )
                papers = form.chosen(form.held_on.data)
                record_step(work, file_id, data, papers=papers, version=int(form.version.data or 0), centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The step is on file."), "success")
            return _back(file_id)
    page = render_template("development/step.html", form=form, file_id=file_id, person=person, step=step, **WORDS)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:file_id>/ballot", methods=["GET", "POST"])
@requires("officer")
def vote(file_id: UUID) -> ResponseReturnValue:
    """The roll follows from the day, so the day is said first: in the page's address, changed by a form that GETs."""
    form = VoteForm()
    day = argument_date("day") or today()
    if request.method == "POST":
        try:
            day = date.fromisoformat(form.held_on.data or "")
        except ValueError:
            abort(400)
    with reading() as session:
        file = get_file(session, file_id, principal())
        principal().demand("officer", "party")
        state, organisation = state_of(file), file.organisation
        step = vote_step(pack_on(day), state)
        due = members_due(session, file.organisation_id, day)
        form.present.choices = choices((str(one.id), one.name) for one in due)
        person = file.person.name
        if request.method == "GET":
            form.version.data, form.held_on.data = str(file.version), day.isoformat()
    form.offer(step.papers, state.papers)
    if form.validate_on_submit():
        votes = Votes(form.in_favour.data, form.against.data, form.abstained.data, form.invalid.data)
        try:
            with unit_of_work() as work:
                enter_vote(
                    work,
                    file_id,
                    held_on=day,
                    present=[UUID(one) for one in form.present.data],
                    votes=votes,
                    tellers=form.tellers.data or "",
                    papers=form.chosen(day),
                    version=int(form.version.data or 0),
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The ballot is on file."), "success")
            return _back(file_id)
    page = render_template(
        "development/vote.html",
        form=form,
        file_id=file_id,
        person=person,
        organisation=organisation,
        step=step,
        due=len(due),
        ballot=pack_on(day).ballot,
        day=day,
        today=today(),
        **WORDS,
    )
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:file_id>/papers", methods=["GET", "POST"])
@requires("officer")
def new_paper(file_id: UUID) -> ResponseReturnValue:
    form = PaperForm()
    form.kind.choices = choices((code, gettext(name)) for code, name in PAPER_NAMES.items())
    with reading() as session:
        person = get_file(session, file_id, principal()).person.name
    if request.method == "GET":
        form.received_on.data = today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                paper = PaperData(form.kind.data, form.received_on.data, form.place.data or "")
                add_paper(work, file_id, paper, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The paper is on file."), "success")
            return _back(file_id)
    page = render_template("development/paper.html", form=form, file_id=file_id, person=person)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:file_id>/close", methods=["GET", "POST"])
@requires("officer")
def close(file_id: UUID) -> ResponseReturnValue:
    form = CloseForm()
    with reading() as session:
        file = get_file(session, file_id, principal())
        person = file.person.name
        if request.method == "GET":
            form.version.data = str(file.version)

    def carry_out(work: UnitOfWork, version: int) -> None:
        close_file(work, file_id, form.reason.data, version=version, centre=centre())

    home = url_for("development.show_file", file_id=file_id)
    done = carried_out(form, carry_out, gettext("The file is closed."), home)
    if done is not None:
        return done
    page = render_template("development/close.html", form=form, file_id=file_id, person=person)
    return page, 422 if form.errors else 200

"""Staff pages about terms: when elections are due, entering a term, postponing, and recording an election."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.current import argument_date, centre, today
from membership.elections.commands import enter_term, postpone_election, record_election
from membership.elections.forms import ElectionForm, PostponeForm, TermForm
from membership.elections.models import CommitteeTerm
from membership.elections.queries import OFFICES, Standing, full_members, get_term, standings
from membership.elections.rules import Candidate
from membership.elections.wording import STATES
from membership.house import house
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.organisations.queries import get_organisation
from membership.people.models import Person
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

blueprint = Blueprint("elections_pages", __name__, url_prefix="/elections", template_folder="templates")


def _of_term(value: Any) -> Any:
    running = (CommitteeTerm.organisation_id == Organisation.id) & CommitteeTerm.ended_on.is_(None)
    return select(value).where(running).scalar_subquery()


ORDERS = Orders(
    "due",
    code=Organisation.code,
    since=_of_term(CommitteeTerm.started_on),
    due=_of_term(func.coalesce(CommitteeTerm.postponed_to, CommitteeTerm.due_on)),
)


@blueprint.get("/")
@requires("viewer")
def list_terms() -> ResponseReturnValue:
    """The most urgent first. What the state of a term is follows from the day, so it is computed for all of them."""
    principal().demand("viewer", "party")
    state = request.args.get("state")
    with reading() as session:
        found = {one.organisation.id: one for one in standings(session, today())}
        wanted = [key for key, one in found.items() if state not in STATES or one.state == state]
        query = select(Organisation).where(Organisation.id.in_(wanted))
        if answer := exported("elections", query, lambda _session, _rows: _columns(found), orders=ORDERS):
            return answer
        page = paginate(session, query, orders=ORDERS)
        return render_template("elections/list.html", page=page, standings=found, states=STATES, today=today())


def _columns(found: Mapping[UUID, Standing]) -> list[Column]:
    def of_term(one: Organisation, name: str) -> Any:
        return getattr(found[one.id].term, name, None)

    return [
        Column(gettext("Organisation"), lambda one: one.name(language())),
        Column(gettext("In office since"), lambda one: of_term(one, "started_on")),
        Column(gettext("Election due"), lambda one: of_term(one, "last_day")),
        Column(gettext("State"), lambda one: gettext(STATES[found[one.id].state][0])),
        Column(gettext("In office"), lambda one: found[one.id].committee),
    ]


@blueprint.route("/<uuid:organisation_id>/term", methods=["GET", "POST"])
@requires("officer")
def new_term(organisation_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        organisation = _electing(session, organisation_id)
    form = TermForm()
    _offer_years(form, organisation)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                enter_term(
                    work,
                    organisation_id=organisation_id,
                    started_on=form.started_on.data,
                    years=int(form.years.data),
                    centre=centre(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The term is entered."), "success")
            return redirect(url_for(".list_terms"), 303)
    return render_template("elections/term.html", form=form, organisation=organisation), 422 if form.errors else 200


@blueprint.route("/terms/<uuid:term_id>/postpone", methods=["GET", "POST"])
@requires("officer")
def postpone(term_id: UUID) -> ResponseReturnValue:
    form = PostponeForm()
    with reading() as session:
        term = get_term(session, term_id, principal())
        principal().demand("officer", term.organisation.body)

        def carry_out(work: UnitOfWork, version: int) -> None:
            data = {"until": form.until.data, "decided_on": form.decided_on.data, "note": form.note.data}
            postpone_election(work, term_id, **data, version=version, centre=centre())

        done = carried_out(form, carry_out, gettext("The election is postponed."), url_for(".list_terms"))
        if done is not None:
            return done
        if request.method == "GET":
            form.version.data, form.decided_on.data = str(term.version), today()
        page = render_template("elections/postpone.html", form=form, term=term)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:organisation_id>/new", methods=["GET", "POST"])
@requires("officer")
def new_election(organisation_id: UUID) -> ResponseReturnValue:
    """The day first: who has a vote and may be elected is the roll of that day."""
    day = argument_date("day") or today()
    form = ElectionForm()
    with reading() as session:
        organisation = _electing(session, organisation_id)
        roll = _by_name(session, organisation, day)
        is_branch = organisation.kind.endswith("-branch") and "general" not in organisation.kind
        _offer(form, organisation, roll)
        if is_branch:
            del form.due
        form.held_on.data = day.isoformat()
        if form.validate_on_submit():
            try:
                with unit_of_work() as work:
                    record_election(
                        work,
                        organisation_id=organisation_id,
                        held_on=day,
                        due=form.due.data if form.due is not None else None,
                        present=form.present.data,
                        returned=form.returned.data,
                        candidates=_candidates(form),
                        years=int(form.years.data),
                        tellers=form.tellers.data or "",
                        centre=centre(),
                    )
            except Refused as refused:
                fill_errors(form, refused)
            else:
                flash(gettext("The election is recorded; those elected are in office."), "success")
                return redirect(url_for("organisations_pages.show_organisation", organisation_id=organisation_id), 303)
        page = render_template(
            "elections/new.html",
            form=form,
            organisation=organisation,
            day=day,
            today=today(),
            due=len(roll) if is_branch else None,
            shares=house().elections,
        )
    return page, 422 if form.errors else 200


def _electing(session: Session, organisation_id: UUID) -> Organisation:
    organisation = get_organisation(session, organisation_id)
    principal().demand("officer", organisation.body)
    if organisation.kind not in house().terms.years:
        raise NotFound(N_("term of office"))
    return organisation


def _by_name(session: Session, organisation: Organisation, day: Any) -> list[Person]:
    eligible = full_members(session, organisation, day)
    return list(session.scalars(select(Person).where(Person.id.in_(eligible)).order_by(Person.name, Person.id)))


def _offer_years(form: Any, organisation: Organisation) -> None:
    form.years.choices = choices(
        (str(one), gettext("%(years)s years", years=one)) for one in house().terms.allowed_years
    )
    if request.method == "GET":
        form.years.data = str(house().terms.years[organisation.kind])


def _offer(form: ElectionForm, organisation: Organisation, roll: list[Person]) -> None:
    _offer_years(form, organisation)
    people = choices([("", "—"), *((str(one.id), one.name) for one in roll)])
    roles = [role for role in kinds().by_code[organisation.kind].roles if role in OFFICES]
    offices = choices([("", gettext("not elected")), *((role, kinds().role_name(role, language())) for role in roles)])
    for entry in form.candidates:
        entry.form.person.choices, entry.form.role.choices = people, offices


def _candidates(form: ElectionForm) -> list[Candidate]:
    return [
        Candidate(
            UUID(one.person.data),
            one.in_favour.data or 0,
            one.against.data or 0,
            one.abstained.data or 0,
            one.role.data or None,
        )
        for one in (entry.form for entry in form.candidates)
        if one.person.data
    ]

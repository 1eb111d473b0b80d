"""How the Party branches stand, and one branch in one year: what it held, who leads it, what is on file."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField

from membership.appraisals.queries import selection as appraisals
from membership.archive.queries import counts_of as archive_counts
from membership.current import centre, today
from membership.elections.queries import elections_of, officers, standings, terms_of
from membership.elections.wording import STATES as TERM_STATES
from membership.guidance.queries import open_findings_of, visits_of
from membership.house import house
from membership.joint_branches.queries import joined_by, open_unit_ids, units_of
from membership.meetings.commands import note_meeting
from membership.meetings.models import ActivitySession, MeetingNote
from membership.meetings.queries import branch_year
from membership.meetings.rules import completeness
from membership.meetings.wording import DUTIES
from membership.meetings.wording import STATES as MEETING_STATES
from membership.organisations.models import Organisation
from membership.organisations.queries import get_organisation, selection
from membership.people.queries import get_people
from shared.refusal import NotFound
from shared.texts import N_
from shared.web import (
    Column,
    Orders,
    choices,
    exported,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.languages import language

blueprint = Blueprint("branches", __name__, url_prefix="/branches", template_folder="templates")
ORDERS = Orders("code", code=Organisation.code)


class NoteForm(FlaskForm):  # type: ignore[misc]
    """``duty`` gets its choices from the page."""

    duty = SelectField(_l("Counts as"))


@blueprint.get("/")
@requires("viewer")
def list_branches() -> ResponseReturnValue:
    principal().demand("viewer", "party")
    wanted = selection(kind="party-branch", active=True)
    if answer := exported("branches", wanted, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, wanted, orders=ORDERS)
        held = _held(session, page.items)
        return render_template(
            "branches/list.html",
            page=page,
            standings={one.organisation.id: one for one in standings(session, today())},
            held=held,
            sizes=house().branch,
            joined=open_unit_ids(session),
            states=TERM_STATES,
            year=today().year,
        )


def _held(session: Session, branches: Sequence[Organisation]) -> dict[UUID, tuple[int, int]]:
    """How many of the meetings owed so far this year each branch held."""
    year, zone = today().year, centre().zone
    return {one.id: completeness(branch_year(session, one.id, year, today(), zone).rows) for one in branches}


def _columns(session: Session, branches: Sequence[Organisation]) -> list[Column]:
    found = {one.organisation.id: one for one in standings(session, today())}
    held, joined = _held(session, branches), open_unit_ids(session)
    return [
        Column(gettext("Party branch"), lambda one: one.name(language())),
        Column(gettext("Code"), lambda one: one.code),
        Column(gettext("Full members"), lambda one: found[one.id].full_members),
        Column(gettext("In office"), lambda one: found[one.id].committee),
        Column(gettext("In a joint branch"), lambda one: gettext("yes") if one.id in joined else gettext("no")),
        Column(gettext("Meetings held"), lambda one: held[one.id][0]),
        Column(gettext("Meetings owed so far"), lambda one: held[one.id][1]),
        Column(gettext("Election due"), lambda one: getattr(found[one.id].term, "last_day", None)),
        Column(gettext("State"), lambda one: gettext(TERM_STATES[found[one.id].state][0])),
    ]


@blueprint.get("/<uuid:organisation_id>")
@requires("viewer")
def show_branch(organisation_id: UUID) -> ResponseReturnValue:
    year = _year()
    with reading() as session:
        branch = _branch(session, organisation_id)
        found = branch_year(session, organisation_id, year, today(), centre().zone)
        groups = {one.organisation_id for one in found.rows if one.organisation_id != organisation_id}
        names = {one.id: one for one in session.scalars(select(Organisation).where(Organisation.id.in_(groups)))}
        members = sorted(get_people(session, list(found.study)), key=lambda one: (found.study[one.id], one.name))
        return render_template(
            "branches/show.html",
            branch=branch,
            year=year,
            today=today(),
            found=found,
            groups=names,
            completeness=completeness(found.rows),
            sessions={one.session.id: one.session for one in found.sittings},
            members=members,
            study=house().study,
            sizes=house().branch,
            units=units_of(session, organisation_id),
            joined=joined_by(session, organisation_id),
            attended=house().attended,
            standing=next(iter(standings(session, today(), only=organisation_id)), None),
            officers=officers(session, organisation_id, today()),
            terms=terms_of(session, organisation_id),
            elections=elections_of(session, organisation_id),
            appraisals=session.scalars(appraisals(organisation_id=organisation_id)).all(),
            visits=visits_of(session, organisation_id),
            findings=open_findings_of(session, organisation_id),
            archive=archive_counts(session, organisation_id, today()),
            duties=DUTIES,
            states=MEETING_STATES,
            term_states=TERM_STATES,
        )


@blueprint.route("/<uuid:organisation_id>/sessions/<uuid:session_id>", methods=["GET", "POST"])
@requires("officer")
def note(organisation_id: UUID, session_id: UUID) -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = NoteForm()
    form.duty.choices = choices(
        [("", gettext("none of these meetings")), *((one.code, gettext(DUTIES[one.code])) for one in house().duties)]
    )
    with reading() as session:
        branch = _branch(session, organisation_id)
        held = session.get(ActivitySession, session_id)
        if held is None:
            raise NotFound(N_("session"))
        if form.validate_on_submit():
            with unit_of_work() as work:
                note_meeting(work, organisation_id, session_id, form.duty.data or None)
            flash(gettext("It is noted."), "success")
            day = held.starts_at.astimezone(centre().zone)
            return redirect(url_for(".show_branch", organisation_id=organisation_id, year=day.year), 303)
        if request.method == "GET":
            noted = session.get(MeetingNote, (session_id, organisation_id))
            form.duty.data = (noted.duty or "") if noted else ""
        page = render_template("branches/note.html", form=form, branch=branch, held=held, title=held.title(language()))
    return page, 422 if form.errors else 200


def _branch(session: Session, organisation_id: UUID) -> Organisation:
    """For whoever has no role in the Party office there is none."""
    branch = get_organisation(session, organisation_id)
    if branch.kind != "party-branch" or not principal().allows("viewer", "party"):
        raise NotFound(N_("Party branch"))
    return branch


def _year() -> int:
    """The year in the page's address, else this one."""
    given = request.args.get("year", type=int)
    return given if given is not None and date.min.year < given < date.max.year else today().year

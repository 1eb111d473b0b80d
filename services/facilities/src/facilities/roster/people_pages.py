"""Pages for who is on duty: putting people there, signing up, giving up, swapping, and the team."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.people.queries import person_named, some_names
from facilities.roster import queries
from facilities.roster.duties import Seat, assign, find_duty, release, sign_up
from facilities.roster.forms import AssignForm, MemberForm, SwapForm
from facilities.roster.ledger import names_of
from facilities.roster.models import Shift
from facilities.roster.pages import found_shift
from facilities.roster.roles import ROLES, role_of
from facilities.roster.settings import limits_of
from facilities.roster.swaps import accept_swap, ask_swap, end_swap
from facilities.roster.team import set_member
from shared.refusal import Refused
from shared.staff.models import Account
from shared.web import choices, fill_errors, reading, requires, runtime, unit_of_work
from shared.web.filters import local_time
from shared.web.wording import in_words

blueprint = Blueprint("roster_people_pages", __name__, url_prefix="/roster", template_folder="templates")


@blueprint.route("/shifts/<uuid:shift_id>/assign", methods=["GET", "POST"])
@requires("officer")
def assign_person(shift_id: UUID) -> ResponseReturnValue:
    form = AssignForm()
    with reading() as session:
        shift = found_shift(session, shift_id)
        form.person.choices = _team_choices(session)
        form.role.choices = choices((role, str(role_of(role).name)) for role in shift.lacks or shift.wanted)
    if form.validate_on_submit():
        seat = Seat(shift_id, form.role.data, UUID(form.person.data))
        try:
            with unit_of_work() as work:
                assign(work, seat, limits=limits_of(runtime().settings))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Put on duty; the person is told."), "success")
            return _back(shift_id)
    title = gettext("Put somebody on duty")
    return _form_page(form, shift, title, gettext("Put on duty"))


@blueprint.post("/shifts/<uuid:shift_id>/sign-up")
@requires("viewer")
def sign_me_up(shift_id: UUID) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            sign_up(work, shift_id, request.args.get("role", ""), limits=limits_of(runtime().settings))
    except Refused as refused:
        return _refused(refused, shift_id)
    flash(gettext("You are on duty in this shift."), "success")
    return _back(shift_id)


@blueprint.post("/duties/<uuid:duty_id>/release")
@requires("viewer")
def release_duty(duty_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        shift_id = release(work, duty_id, limits=limits_of(runtime().settings)).shift_id
    flash(gettext("The place is open again."), "success")
    return _back(shift_id)


@blueprint.route("/duties/<uuid:duty_id>/swap", methods=["GET", "POST"])
@requires("viewer")
def swap_duty(duty_id: UUID) -> ResponseReturnValue:
    form = SwapForm()
    with reading() as session:
        duty = find_duty(session, duty_id)
        shift = duty.shift
        form.person.choices = _team_choices(session, without=duty.person_id)
        form.for_duty.choices = _exchangeable(session, duty.person_id)
    if form.validate_on_submit():
        given = UUID(form.for_duty.data) if form.for_duty.data else None
        try:
            with unit_of_work() as work:
                to = UUID(form.person.data)
                ask_swap(work, duty_id, to, for_duty_id=given, limits=limits_of(runtime().settings))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Asked. Nothing changes until the other person agrees."), "success")
            return _back(shift.id)
    return _form_page(form, shift, gettext("Ask for a swap"), gettext("Ask"))


@blueprint.post("/swaps/<uuid:swap_id>/accept")
@requires("viewer")
def accept(swap_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        shift_id = accept_swap(work, swap_id, limits=limits_of(runtime().settings)).duty.shift_id
    flash(gettext("Swapped; both are told."), "success")
    return _back(shift_id)


@blueprint.post("/swaps/<uuid:swap_id>/end")
@requires("viewer")
def end(swap_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        shift_id = end_swap(work, swap_id).duty.shift_id
    flash(gettext("Everything stays as it was."), "success")
    return _back(shift_id)


@blueprint.get("/team")
@requires("viewer")
def show_team() -> ResponseReturnValue:
    with reading() as session:
        members = queries.team(session, active=False)
        accounts = _accounts(session)
        return render_template("roster/team.html", members=members, accounts=accounts, role_of=role_of)


@blueprint.route("/team/edit", methods=["GET", "POST"])
@requires("manager")
def edit_member() -> ResponseReturnValue:
    """Take somebody into the team, or change what they can do (``?person=`` names who)."""
    with reading() as session:
        form = MemberForm(data=_member_data(session))
        form.roles.choices = choices((role.code, str(role.name)) for role in ROLES.values())
        form.account.choices = choices(
            [("", gettext("Nobody")), *((str(key), name) for key, name in _accounts(session).items())]
        )
        names = some_names(session)
    if form.validate_on_submit():
        account = UUID(form.account.data) if form.account.data else None
        try:
            with unit_of_work() as work:
                person = person_named(work.session, form.person.data)
                assert person is not None  # the field is required
                set_member(work, person, roles=form.roles.data, account_id=account, active=form.active.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The team is changed."), "success")
            return redirect(url_for(".show_team"), 303)
    return render_template("roster/member.html", form=form, names=names), 422 if form.errors else 200


def _team_choices(session: Session, without: UUID | None = None) -> Any:
    found = [(member.person_id, name) for member, name in queries.team(session) if member.person_id != without]
    return choices((str(person_id), name or str(person_id)) for person_id, name in found)


def _exchangeable(session: Session, without: UUID) -> Any:
    """What others have to do, by person and time."""
    team = [(member, name) for member, name in queries.team(session) if member.person_id != without]
    found = [
        (str(duty.id), f"{name or '—'}: {local_time(duty.starts_at)} {duty.shift.title}")
        for member, name in team
        for duty in queries.duties_of(session, member.person_id, runtime().clock())
    ]
    return choices([("", gettext("Nothing")), *found])


def _accounts(session: Session) -> dict[UUID, str]:
    rows = session.execute(select(Account.id, Account.name).where(Account.active).order_by(Account.name))
    return {row.id: row.name for row in rows}


def _member_data(session: Session) -> dict[str, Any]:
    given = request.args.get("person", type=UUID)
    if given is None:
        return {"active": True, "account": ""}
    known = next((one for one, _name in queries.team(session, active=False) if one.person_id == given), None)
    data = {"person": str(given) if len(names_of(session, [given])) else "", "active": True, "account": ""}
    if known is not None:
        data |= {"roles": known.roles, "active": known.active, "account": str(known.account_id or "")}
    return data


def _form_page(form: Any, shift: Shift, title: str, submit: str) -> ResponseReturnValue:
    with reading() as session:
        shown = found_shift(session, shift.id)
        page = render_template("roster/person.html", form=form, shift=shown, heading=title, submit=submit)
    return page, 422 if form.errors else 200


def _refused(refused: Refused, shift_id: UUID) -> ResponseReturnValue:
    """What a button could not do is said on the page of the shift."""
    if refused.status in (403, 404):
        raise refused
    for reason in refused.reasons:
        flash(in_words(reason), "warning")
    return _back(shift_id)


def _back(shift_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("roster_pages.show_shift", shift_id=shift_id), 303)

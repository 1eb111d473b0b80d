"""Pages that plan many shifts at once: a series, and the fair proposal."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest

from facilities.bookings.day import asked_day
from facilities.occupancy.rules import Window
from facilities.people.queries import person_named
from facilities.roster import queries
from facilities.roster.duties import Seat
from facilities.roster.filling import fill, proposal_for
from facilities.roster.forms import SeriesForm, names_in_turn, need_fields, turn_fields
from facilities.roster.ledger import names_of
from facilities.roster.models import Shift
from facilities.roster.pages import choose, plan_in
from facilities.roster.roles import role_of
from facilities.roster.rules import Pattern
from facilities.roster.series import Occurrence, SeriesPlan, foresee, plan_series
from facilities.roster.settings import limits_of
from facilities.roster.showing import people_in, short_words, skipped_of, tone, week_window
from facilities.wording import weekday_name
from shared.database import UnitOfWork
from shared.refusal import NotFound, Refused
from shared.web import choices, fill_errors, principal, reading, requires, runtime, unit_of_work
from shared.web.calendar import monday_of
from shared.web.wording import in_words

blueprint = Blueprint("roster_planning_pages", __name__, url_prefix="/roster", template_folder="templates")


@blueprint.route("/series/new", methods=["GET", "POST"])
@requires("officer")
def new_series() -> ResponseReturnValue:
    """Conflicts of every date are shown first; nothing is stored until there are none or they are to be skipped."""
    form = SeriesForm(data={"day": asked_day(), "weeks": 4, "need_reception": 1})
    form.weekdays.choices = choices((number, weekday_name(number)) for number in range(7))
    with reading() as session:
        choose(session, form)
        names = [name for _member, name in queries.team(session) if name]
    conflicts: list[Occurrence] = []
    if form.validate_on_submit():
        limits = limits_of(runtime().settings)
        try:
            with unit_of_work() as work:
                plan = _series_in(work, form)
                conflicts = [one for one in foresee(work, plan, limits) if one.conflicts]
                made = plan_series(work, plan, limits=limits, skip_conflicts=form.skip_conflicts.data)
        except Refused as refused:
            if not conflicts:
                fill_errors(form, refused)
        else:
            said = gettext("The series is planned; what was skipped is listed here.")
            flash(said if made.skipped else gettext("The series is planned."), "success")
            return redirect(url_for(".show_series", series_id=made.id), 303)
    page = render_template(
        "roster/series.html",
        form=form,
        needs=need_fields(form),
        turns=turn_fields(form),
        conflicts=conflicts,
        names=names,
        in_words=in_words,
    )
    return page, 422 if form.errors or conflicts else 200


@blueprint.get("/series/<uuid:series_id>")
@requires("viewer")
def show_series(series_id: UUID) -> ResponseReturnValue:
    """The shifts of a series, and which dates and turns were skipped when it was planned."""
    with reading() as session:
        series = queries.get_series(session, series_id)
        if series is None:
            raise NotFound("series")
        found = queries.list_shifts(series_id=series_id).order_by(Shift.starts_at)
        shifts, skipped = list(session.scalars(found)), skipped_of(series)
        in_turn = {one.person_id for one in skipped if one.person_id}
        return render_template(
            "roster/planned_series.html",
            series=series,
            day=shifts[0].starts_at.astimezone(runtime().settings.time_zone).date() if shifts else None,
            shifts=shifts,
            skipped=skipped,
            names=people_in(session, shifts) | names_of(session, in_turn),
            role_of=role_of,
            tone=tone,
            short=short_words,
        )


@blueprint.route("/fair-fill", methods=["GET", "POST"])
@requires("officer")
def fair_fill() -> ResponseReturnValue:
    """A proposal for two weeks with its ledger; whoever confirms it may leave single places out."""
    form, day = FlaskForm(), asked_day()
    if form.validate_on_submit():
        seats = [_seat(text) for text in request.form.getlist("seat")]
        try:
            with unit_of_work() as work:
                fill(work, seats, limits=limits_of(runtime().settings))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("They are on duty now and are told."), "success")
            return redirect(url_for("roster_pages.show_week", day=day), 303)
    start = max(week_window(monday_of(day)).starts_at, runtime().clock())
    window = Window(start, week_window(monday_of(day) + timedelta(days=7)).ends_at)
    bodies = principal().bodies("officer")
    with reading() as session:
        found = proposal_for(session, window, bodies, limits_of(runtime().settings))
        page = render_template(
            "roster/fair_fill.html",
            form=form,
            found=found,
            names=names_of(session, [line.person_id for line in found.proposal.ledger]),
            role_of=role_of,
            day=day,
            until=(window.ends_at - timedelta(seconds=1)),
        )
    return page, 422 if form.errors or form.form_errors else 200


def _seat(text: str) -> Seat:
    """What a ticked box of the proposal says. BadRequest when somebody wrote it by hand."""
    try:
        shift_id, role, person_id = text.split(" ")
        return Seat(UUID(shift_id), role, UUID(person_id))
    except ValueError as error:
        raise BadRequest from error


def _series_in(work: UnitOfWork, form: Any) -> SeriesPlan:
    turns = {}
    for role, names in names_in_turn(form).items():
        found = [person_named(work.session, name) for name in names]
        turns[role] = [person for person in found if person is not None]
    pattern = Pattern(
        form.day.data, form.weeks.data, frozenset(form.weekdays.data), form.starts_at.data, form.ends_at.data
    )
    return SeriesPlan(plan_in(work.session, form), pattern, turns)
